import { faultsCheck, rangeOfPath } from '../../shared/model/aggregate/faults.ts';
import { type Aggregate, readMetricsFile } from '../../shared/model/aggregate/file.ts';
import { compareAggregates, judgeAggregateConditions } from '../../shared/model/aggregate/judge.ts';
import { type Condition, clausesOf, ROLES } from '../../shared/model/conditions/expression.ts';
import { parseConditions } from '../../shared/model/conditions/parse.ts';
import { impossibleConditions } from '../../shared/model/conditions/possible.ts';
import { marginWithin } from '../../shared/model/metrics/ranges.ts';
import { firstReleaseCheck } from '../../shared/model/release.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import { modelBundle } from '../../shared/registry/origin/model.ts';
import {
  type Check,
  type ComparedSubjects,
  type JsonObject,
  type Subject,
  subjectIdentity,
} from '../../shared/verdict/verdict.ts';
import { declaredBaselines } from './baseline.ts';
import { requireDigest } from './expected.ts';
import type { Inputs } from './inputs.ts';
import { comparisonOf } from './request.ts';

export interface ByNumbers {
  readonly checks: readonly Check[];
  readonly subjects: readonly Subject[];
  readonly compared: ComparedSubjects;
  readonly measures: JsonObject;
  readonly comparison: 'unknown';
}

/**
 * Judges by aggregate numbers, on which nothing can be tested.
 *
 * @throws UserError for files that cannot be read, and for conditions and margins that decide nothing.
 */
export async function byNumbers(inputs: Inputs, ports: Ports): Promise<ByNumbers> {
  const conditions = parseConditions(inputs.conditions ?? []);
  const problems = [...impossibleConditions(conditions, rangeOfPath), ...marginProblems(inputs)];
  if (problems.length > 0) throw new UserError(problems);
  const compared = await declaredBaselines(inputs, ports);
  const subjects: Subject[] = [];
  if (inputs.model !== undefined) {
    const { digest } = await modelBundle(inputs.model, 'model', ports);
    requireDigest(inputs, digest);
    subjects.push({ role: 'candidate', name: inputs.model.join(', '), digest });
  }
  const files: Partial<Record<(typeof ROLES)[number], { file: string; numbers: Aggregate }>> = {};
  for (const role of ROLES) {
    const file = inputs[role];
    if (file === undefined) continue;
    subjects.push({ role: 'predictions', name: file, ...subjectIdentity(await ports.files.bundle([file])) });
    const numbers = readMetricsFile(await ports.files.readText(file), file, inputs['positive-label']);
    files[role] = { file, numbers };
  }
  const faults = faultsCheck(files, askedFor(inputs, conditions));
  return {
    checks: [
      ...(faults === undefined ? judged(inputs, files, conditions) : [faults]),
      ...bindingOfNumbers(inputs),
    ],
    subjects,
    compared,
    measures: Object.fromEntries(
      Object.entries(files).map(([role, { numbers }]) => [role, finiteOf(numbers)]),
    ),
    comparison: 'unknown',
  };
}

function judged(
  inputs: Inputs,
  { candidate, production, anchor }: Parameters<typeof faultsCheck>[0],
  conditions: readonly Condition[],
): Check[] {
  if (candidate === undefined) throw new TypeError('there is no candidate');
  const numbers = {
    candidate: candidate.numbers,
    ...(production === undefined ? {} : { production: production.numbers }),
    ...(anchor === undefined ? {} : { anchor: anchor.numbers }),
  };
  const held = judgeAggregateConditions(numbers, conditions);
  if (numbers.production === undefined) return [firstReleaseCheck(inputs['first-release'], held), ...held];
  const { metric, margin } = comparisonOf(inputs);
  const baselines = { candidate: numbers.candidate, production: numbers.production };
  return [compareAggregates(baselines, metric, margin, conditions.length > 0), ...held];
}

/** The names that the metric and the conditions read. */
function askedFor({ metric }: Inputs, conditions: readonly Condition[]): string[] {
  const read = conditions.flatMap(({ expression }) =>
    clausesOf(expression).flatMap(({ terms }) => terms.map(({ quantity }) => quantity.metric)),
  );
  return metric === undefined ? read : [metric, ...read];
}

function marginProblems({ metric, margin }: Inputs): Problem[] {
  const range = metric === undefined ? undefined : rangeOfPath(metric);
  if (metric === undefined || margin === undefined || range === undefined) return [];
  const problem = marginWithin(metric, range, margin);
  return problem === undefined ? [] : [{ ...problem, where: 'input margin' }];
}

function finiteOf({ numbers }: Aggregate): JsonObject {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => Number.isFinite(value)));
}

function bindingOfNumbers(inputs: Inputs): Check[] {
  if (!inputs['require-bound']) return [];
  const fix = 'give predict, model and test-data, so that the action makes the predictions itself';
  return [
    {
      id: 'evidence.binding',
      status: 'fail',
      observed: 'declared',
      expected: 'bound',
      message: 'the numbers were supplied, so it is not shown which model they belong to',
      fix,
    },
  ];
}
