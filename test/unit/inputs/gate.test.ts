/** Each input's part in a gate is decided: of a new one, decide it, and write it here. */
import { expect, test } from '@jest/globals';
import { TABLES } from '../../../actions/catalog.ts';
import { COMMON_INPUTS } from '../../../shared/inputs/common.ts';
import type { InputTable } from '../../../shared/inputs/table.ts';

/** Names by part: of all inputs of an action, or of those that all actions have. */
function parts(table: InputTable, without: InputTable = {}): Record<string, string> {
  const found: Record<string, string[]> = {};
  for (const [name, { gate = 'none' }] of Object.entries(table)) {
    if (Object.hasOwn(without, name)) continue;
    found[gate] ??= [];
    found[gate].push(name);
  }
  return Object.fromEntries(Object.entries(found).map(([gate, names]) => [gate, names.sort().join(' ')]));
}

const DECIDED: Record<string, Record<string, string>> = {
  common: {
    none: 'check-run comment config github-token name registry-timeout report-directory report-id',
    rule: 'fail-on follow-links mode now registry samples state state-persistent working-directory',
  },
  'validate-data': {
    evidence: 'data decimal delimiter encoding header-row index-column thousands',
    contract: 'contract',
    file: 'reference',
    none: 'max-decompressed max-locations memory',
    rule: 'contract-files contract-table disjoint integrity key label margin missing-values timestamp',
  },
  train: {
    none: 'budget command deadline dispatch interval key operation poll retry timeout where',
    rule: 'models-from',
  },
  'validate-model': {
    evidence: words(
      'candidate id label label-delimiter model predict prediction query score test-data trained-until training-data',
    ),
    file: 'contract',
    none: 'model-digest predict-timeout verdict',
    rule: words(
      'anchor attest classes cluster columns conditions contract-table disclosure draws first-release group-difference group-ratio judged-rows ledger looks loss-bound loss-clip margin',
      'margins max-group-change max-group-difference metric metric-command min-group-ratio min-group-size min-slice-size operation passes positive-label production production-model',
      'require-bound sensitive sigstore slices target-range task timestamp uses weight when-spent',
    ),
  },
  'register-model': {
    evidence: 'model profile training-data',
    file: 'trusted-root',
    none: 'alias dry-run environment image metadata older-than operation parameters parent to version',
    rule: 'attest attested-by require-attested sigstore verdicts',
  },
  'deploy-canary': {
    evidence: 'endpoint metrics model router router-command',
    file: 'trusted-root',
    none: 'budget expect interval operation router-timeout smoke-test-timeout to',
    rule: words(
      'alpha approval approvers attested-by deadline dispersion error-floor error-margin first-release max-error-rate max-latency max-unreadable on-deadline prevent-self-approval promote-on promotion queries replay replay-rows replay-tolerance',
      'require-attested retry smoke-test steps strategy',
    ),
  },
  'check-drift': {
    evidence: words(
      'current decimal delimiter encoding header-row id index-column label labels prediction predictions score thousands timestamp',
    ),
    file: 'reference',
    none: 'dispatch retrain-command retrain-timeout',
    rule: words(
      'classes cooldown drift-triggers every features ignore label-delay lag margin max-unreadable mean-time-between-false-alarms min-coverage min-labels minimum-performance missing-values new-rows retrain-every window',
    ),
  },
};

function words(...lines: readonly string[]): string {
  return lines.join(' ');
}

test.each([
  ['common', COMMON_INPUTS, {}],
  ...Object.entries(TABLES).map(([name, table]) => [name, table, COMMON_INPUTS] as const),
] as const)('each input of %s', (name, table, without) =>
  expect(parts(table, without)).toEqual(DECIDED[name]),
);
