/** What validate-data finds in a table: its profile, and the contract that it proposes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACTIONS } from '../../actions/catalog.ts';
import { runStage } from '../../shared/host/stage.ts';
import { terminalSurface } from '../../shared/host/terminal.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { parseProfile } from '../../shared/profile/file.ts';
import type { Profile } from '../../shared/profile/profile.ts';

export interface Described {
  readonly profile: Profile;
  /** The file of the profile, without values that fewer than 20 rows have. */
  readonly profileText: string;
  /** Empty if there are no rows. */
  readonly contract: string;
}

/** @throws UserError if the files cannot be read, or are not tables. */
export async function described(root: string, data: readonly string[]): Promise<Described> {
  const folder = mkdtempSync(join(tmpdir(), 'ml-loop-init-'));
  try {
    const values = { data, 'working-directory': root, 'report-directory': folder, integrity: 'off' };
    const surface = { ...terminalSurface({ values: {}, outputs: false }, {}), log: { info: () => {} } };
    const layers = [{ values, where: () => '--data' }];
    const result = await runStage(ACTIONS['validate-data'], { surface, layers, env: {} });
    if (result.kind === 'refused') throw result.error;
    if (result.kind === 'defect') throw result.error;
    const read = (name: string) => readFileSync(join(folder, 'validate-data', name), 'utf8');
    const broken = result.verdict.checks.filter(
      ({ id, status }) => status === 'fail' && id.startsWith('file.'),
    );
    if (broken.length > 0)
      throw new UserError(
        broken.map(({ message, fix }) => ({
          what: message,
          where: data.join(', '),
          ...(fix === undefined ? {} : { fix }),
        })),
      );
    const profileText = read('profile.json');
    const contract = result.outputs.contract === '' ? '' : read('contract.yml');
    return { profile: parseProfile(profileText, data.join(', ')), profileText, contract };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
