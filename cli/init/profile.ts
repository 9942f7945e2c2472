/** What validate-data finds in a table: its profile, and the contract that it proposes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTIONS } from '../../actions/catalog.ts';
import { runStage } from '../../shared/host/run-stage.ts';
import { terminalSurface } from '../../shared/host/terminal.ts';
import { parseProfile } from '../../shared/profile/file.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import type { Location } from '../../shared/verdict/verdict.ts';

export interface DataDescription {
  readonly profile: Profile;
  /** The file of the profile, without values that fewer than 20 rows have. */
  readonly profileText: string;
  /** Empty if there are no rows. */
  readonly contract: string;
  /** What fails without any contract: how the files are written. */
  readonly faults: readonly string[];
}

/** @throws UserError if the files cannot be read, or are not tables. */
export async function described(root: string, data: readonly string[]): Promise<DataDescription> {
  const folder = mkdtempSync(join(tmpdir(), 'ml-loop-init-'));
  try {
    const values = { data, 'working-directory': root, 'report-directory': folder, integrity: 'off' };
    const surface = { ...terminalSurface({ values: {}, outputs: false }, {}), log: { info: () => {} } };
    const layers = [{ values, where: () => '--data' }];
    const result = await runStage(ACTIONS['validate-data'], { surface, layers, env: {} });
    if (result.kind === 'refused') throw result.error;
    if (result.kind === 'defect') throw result.error;
    const read = (name: string) => readFileSync(join(folder, 'validate-data', name), 'utf8');
    const faults = result.verdict.checks
      .filter(({ status }) => status === 'fail')
      .map(({ id, message, locations = [] }) => `${id}: ${message}${placeOf(locations[0])}`);
    const profileText = read('profile.json');
    const contract = result.outputs.contract === '' ? '' : read('contract.yml');
    return { profile: parseProfile(profileText, data.join(', ')), profileText, contract, faults };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function placeOf(location: Location | undefined): string {
  return location === undefined ? '' : ` (${location.file}:${location.line ?? 1})`;
}
