import { formerName, modelName } from '../../shared/inputs/common.ts';
import { bitsOf, recordUse, type Use, useOf } from '../../shared/model/ledger.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import { readVerdicts } from '../../shared/registry/verdicts.ts';
import { openState } from '../../shared/state/open.ts';
import { isDigest } from '../../shared/verdict/digest.ts';
import { type JsonObject, verdictOf } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/**
 * Counts the use of a test set that the verdict of a run tells of which could not write: a pull request's, or one whose
 * token only reads.
 *
 * @throws UserError if there is no such verdict, it is of another model, or the state cannot be written.
 */
export async function recordFrom(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const { verdict: path } = inputs;
  if (path === undefined) {
    throw new UserError({
      what: 'is required with operation: record-use',
      where: 'input verdict',
      fix: 'give the verdict file from the artifact of the pull request’s job',
    });
  }
  const { testSet, use, name } = usedBy(await ports.files.readText(path), path);
  const own = modelName(inputs, ports.runner);
  if (name !== own) {
    const fix = `give name: ${name}, or the verdict of ${own}`;
    throw new UserError({
      what: `is a verdict on ${JSON.stringify(name)}, not on ${JSON.stringify(own)}`,
      where: path,
      fix,
    });
  }
  const message =
    use === undefined
      ? 'there is no use to count: the run has counted it itself, or was refused'
      : (await recordUse(await openState(inputs, ports), own, testSet, use, formerName(inputs)))
        ? 'the use of the test set is counted'
        : 'this use of the test set was counted before';
  const verdict = verdictOf({
    action: 'validate-model',
    name: own,
    subjects: [],
    compared: null,
    checks: [
      {
        id: 'test-set.recorded',
        status: 'pass',
        message,
      },
    ],
    measures: { test_set: { digest: testSet } },
    configuration: { operation: inputs.operation, verdict: path },
    createdAt: ports.clock.now(),
  });
  const outputs = {
    comparison: '',
    'labels-needed': '',
    'budget-left': '',
    'looks-left': '',
    judged: '',
    attestations: '',
  };
  return { verdict, outputs };
}

function usedBy(text: string, path: string) {
  const refuse = (what: string, fix: string): Problem => ({ what, where: path, fix });
  const [read] = readVerdicts([{ file: path, text }]);
  const set = objectOf(read?.verdict.measures.test_set);
  if (read?.verdict.action !== 'validate-model' || set === undefined) {
    throw new UserError(
      refuse(
        'does not tell of a use of a test set',
        'give the verdict that validate-model wrote on a pull request with a ledger (not with ledger: off, and not if the state could not be read)',
      ),
    );
  }
  const { digest } = set;
  if (typeof digest !== 'string' || !isDigest(digest))
    throw new UserError(
      refuse('does not name the digest of a test set', 'give the verdict file as the action wrote it'),
    );
  return { testSet: digest, use: recordOf(set, path), name: read.verdict.name };
}

/** The use that the verdict's run could not write; undefined if there is none. */
function recordOf(set: JsonObject, path: string): Use | undefined {
  if (!('record' in set)) return undefined;
  const shaped = useOf(set.record, path, '/measures/test_set/record');
  if ('problems' in shaped) {
    throw new UserError(
      shaped.problems.map((problem) => ({ ...problem, fix: 'give the verdict file as the action wrote it' })),
    );
  }
  // What a use tells is known here, whatever the file says.
  return { ...shaped.value, bits: bitsOf(shaped.value.disclosure) };
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}
