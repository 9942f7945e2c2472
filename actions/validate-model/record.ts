import { formerName, modelName } from '../../shared/inputs/common.ts';
import { bitsOf, recordUse, type TestSetUse, useOf } from '../../shared/model/ledger.ts';
import { type JudgementLook, looksOf, recordLook } from '../../shared/model/looks.ts';
import type { Outcome } from '../../shared/ports/outcome.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import { nameProblem } from '../../shared/registry/names.ts';
import { readVerdicts } from '../../shared/registry/verdicts.ts';
import { openState } from '../../shared/state/open.ts';
import type { StateStore } from '../../shared/state/state.ts';
import { isDigest } from '../../shared/verdict/digest.ts';
import { type Check, type JsonObject, type Verdict, verdictOf } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';

/**
 * Counts the uses of test sets, and the looks at candidates, that the verdicts of a run tell of which could not write: a
 * pull request's, or one whose token only reads. There may be one of each model.
 *
 * @throws UserError if there is no such verdict, one is of another model than `name`, or the state cannot be written. All
 * verdicts are read before any use is counted.
 */
export async function recordFrom(inputs: Inputs, ports: Ports): Promise<Outcome> {
  const { verdict: patterns, name } = inputs;
  if (patterns === undefined) {
    throw new UserError({
      what: 'is required with operation: record-use',
      where: 'input verdict',
      fix: 'give the verdict files from the artifacts of the pull request’s jobs, such as `report/**/validate-model*/verdict.json`',
    });
  }
  const used = await usesIn(await ports.files.glob(patterns), name, ports);
  const checks: Check[] = [];
  const state = await openState(inputs, ports);
  const unnamed = modelName({}, ports.runner);
  for (const one of used) {
    // Only a model without a name was called otherwise before.
    const former = one.name === unnamed ? formerName(inputs) : undefined;
    const counted = one.use && (await recordUse(state, one.name, one.testSet, one.use, former));
    checks.push({
      id: 'test-set.recorded',
      status: 'pass',
      message: `${used.length === 1 ? '' : `${one.name}: `}${toldOf(counted)}`,
    });
    if (one.look !== undefined) checks.push(await lookCheck(state, one.name, one.look));
  }
  const [first] = used;
  const own = name ?? (used.length === 1 ? first?.name : undefined) ?? unnamed;
  const verdict = verdictOf({
    action: 'validate-model',
    name: own,
    subjects: [],
    compared: null,
    checks,
    measures: used.length === 1 && first?.use !== undefined ? { test_set: { digest: first.testSet } } : {},
    configuration: { operation: inputs.operation, verdict: patterns },
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

async function lookCheck(state: StateStore, name: string, open: OpenLook): Promise<Check> {
  const { candidate, look, most } = open;
  if (await recordLook(state, { name, candidate }, look, most))
    return {
      id: 'test-set.recorded',
      status: 'pass',
      message: `${name}: the look at the candidate is counted`,
    };
  return {
    id: 'test-set.recorded',
    status: 'inconclusive',
    message: `${name}: other runs took all ${most} looks at the candidate, so this one is not counted`,
    fix: 'do not release the candidate by this verdict; train a new one on newer data',
  };
}

function toldOf(counted: boolean | undefined): string {
  if (counted === undefined)
    return 'there is no use to count: the run has counted it itself, was refused, or counts none';
  return counted ? 'the use of the test set is counted' : 'this use of the test set was counted before';
}

interface Used {
  readonly name: string;
  readonly testSet: string;
  readonly use: TestSetUse | undefined;
  readonly look?: OpenLook | undefined;
}

/** A look that is still to be counted. */
interface OpenLook {
  readonly candidate: string;
  readonly look: JudgementLook;
  readonly most: number;
}

/** Of each file, with all problems of all files. */
async function usesIn(paths: readonly string[], name: string | undefined, { files }: Ports): Promise<Used[]> {
  const used: Used[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    try {
      const one = usedBy(await files.readText(path), path);
      problems.push(...wrongName(one.name, name, path));
      used.push(one);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return used;
}

/** The name chooses the ledger, and the file is what a run says about itself. */
function wrongName(found: string, asked: string | undefined, where: string): Problem[] {
  if (asked !== undefined && found !== asked) {
    const fix = `give name: ${found}, or the verdict of ${asked}`;
    return [
      { what: `is a verdict on ${JSON.stringify(found)}, not on ${JSON.stringify(asked)}`, where, fix },
    ];
  }
  const problem = nameProblem(found);
  if (problem === undefined) return [];
  const what = `is a verdict on ${JSON.stringify(found)}, which is not a model’s name: it ${problem}`;
  return [{ what, where, fix: 'give the verdict file as the action wrote it' }];
}

function usedBy(text: string, path: string): Used {
  const refuse = (what: string, fix: string): Problem => ({ what, where: path, fix });
  const [read] = readVerdicts([{ file: path, text }]);
  const set = objectOf(read?.verdict.measures.test_set);
  const look = lookOf(objectOf(read?.verdict.measures.looks), path);
  if (read !== undefined && usesNone(read.verdict, set))
    return { name: read.verdict.name, testSet: '', use: undefined, look };
  if (read?.verdict.action !== 'validate-model' || set === undefined) {
    throw new UserError(
      refuse(
        'does not tell of a use of a test set',
        'give the verdict that validate-model wrote on a pull request with a ledger (not if the state could not be read)',
      ),
    );
  }
  const { digest } = set;
  if (typeof digest !== 'string' || !isDigest(digest))
    throw new UserError(
      refuse('does not name the digest of a test set', 'give the verdict file as the action wrote it'),
    );
  return { testSet: digest, use: recordOf(set, path), name: read.verdict.name, look };
}

/** Counts it no use by its own words: without a ledger, from aggregate numbers, or because it told nothing of the rows? */
function usesNone({ action, configuration, checks }: Verdict, set: JsonObject | undefined): boolean {
  if (action !== 'validate-model') return false;
  const told = checks.find(({ id }) => id === 'test-set.reuse');
  return (
    configuration.ledger === 'off' ||
    (set === undefined && (told?.status ?? 'inconclusive') === 'inconclusive')
  );
}

/** The look that the verdict's run could not count; undefined if there is none. */
function lookOf(told: JsonObject | undefined, path: string): OpenLook | undefined {
  if (told === undefined) return undefined;
  const shaped = looksOf(told.record, path, '/measures/looks/record');
  const problems = 'problems' in shaped ? [...shaped.problems] : [];
  const most = Number(told.most);
  if (!Number.isSafeInteger(told.most) || most < 1)
    problems.push({ what: 'must be a whole number of at least 1', where: `${path}#/measures/looks/most` });
  const look = 'value' in shaped ? shaped.value.looks[0] : undefined;
  if (problems.length === 0 && look === undefined)
    problems.push({ what: 'must have a look', where: `${path}#/measures/looks/record/looks` });
  if (look !== undefined && 'value' in shaped && problems.length === 0)
    return { candidate: shaped.value.candidate, look, most };
  throw new UserError(
    problems.map((problem) => ({ ...problem, fix: 'give the verdict file as the action wrote it' })),
  );
}

/** The use that the verdict's run could not write; undefined if there is none. */
function recordOf(set: JsonObject, path: string): TestSetUse | undefined {
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
