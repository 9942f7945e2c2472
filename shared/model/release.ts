import { isPassing, type Status, worst } from '../verdict/status.ts';
import type { Check } from '../verdict/verdict.ts';

/** What is done if there is no production model to compare with. */
export type FirstReleasePolicy = 'allow' | 'require-thresholds' | 'refuse';

/** @param conditions the checks of the conditions. */
export function firstReleaseCheck(policy: FirstReleasePolicy, conditions: readonly Check[]): Check {
  const [status, message] = decide(policy, conditions);
  return {
    id: 'comparison.first-release',
    status,
    expected: policy,
    message: `there is no production model to compare with, and first-release is ${policy}: ${message}`,
    ...(isPassing(status)
      ? {}
      : {
          fix: 'give conditions that a first model must meet; only if any first model is good enough, set first-release: allow',
        }),
  };
}

function decide(policy: FirstReleasePolicy, conditions: readonly Check[]): [Status, string] {
  if (policy === 'allow') return ['warn', 'nothing was compared'];
  if (policy === 'refuse') return ['fail', 'a model is released by hand first'];
  if (conditions.length === 0) return ['inconclusive', 'there are no conditions'];
  const status = worst(conditions.map((check) => check.status));
  const said = {
    pass: 'all hold',
    warn: 'all hold, some weakly',
    inconclusive: 'not all are shown to hold',
    fail: 'not all hold',
  };
  return [
    status,
    `of ${conditions.length} ${conditions.length === 1 ? 'condition' : 'conditions'}, ${said[status]}`,
  ];
}
