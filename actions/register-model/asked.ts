import { type Problem, UserError } from '../../shared/problem/problem.ts';
import { CHAMPION } from '../../shared/registry/champion.ts';
import { versionProblem } from '../../shared/registry/names.ts';
import type { ModelReference } from '../../shared/registry/reference.ts';
import type { Inputs, RegistryOperation } from './inputs.ts';

/** What a run is asked to do, with what that operation needs. */
export type OperationTerms =
  /** `version`: `auto`, or SemVer. */
  | { readonly operation: 'register'; readonly model: readonly string[]; readonly version: string }
  | { readonly operation: 'promote'; readonly reference: ModelReference }
  | { readonly operation: 'rollback' | 'list' | 'gc' }
  /** Null: all versions. */
  | { readonly operation: 'verify'; readonly reference: ModelReference | null }
  | { readonly operation: 'fetch'; readonly reference: ModelReference; readonly to: string };

/** @throws UserError for inputs that are missing, or that the operation has no use for. */
export function askedFor(inputs: Inputs, name: string): OperationTerms {
  const { operation, model = [], version, to = '' } = inputs;
  const problems = problemsOf(inputs);
  if (problems.length > 0) throw new UserError(problems);
  const reference = { name, which: version };
  switch (operation) {
    case 'register':
      return { operation, model, version };
    case 'promote':
      return { operation, reference };
    case 'verify':
      return { operation, reference: version === 'auto' ? null : reference };
    case 'fetch':
      return { operation, reference: version === 'auto' ? { name, which: CHAMPION } : reference, to };
    default:
      return { operation };
  }
}

/** Does the operation change the registry? */
export function writes({ operation }: Pick<OperationTerms, 'operation'>, dryRun: boolean): boolean {
  return ['register', 'promote', 'rollback'].includes(operation) || (operation === 'gc' && !dryRun);
}

function problemsOf({ operation, model, version, to, image }: Inputs): Problem[] {
  const isNeeded = (input: string, by: RegistryOperation) => ({
    what: `is required for operation: ${by}`,
    where: `input ${input}`,
  });
  const problems: Problem[] = [];
  if (operation === 'register') {
    const fault = version === 'auto' ? undefined : versionProblem(version);
    if (fault !== undefined)
      problems.push({ what: fault, where: 'input version', fix: 'write auto, or SemVer' });
    if (model === undefined || model.length === 0)
      problems.push({
        ...isNeeded('model', operation),
        fix: 'name the model’s files and folders, such as model/',
      });
  }
  if (operation === 'promote' && version === 'auto')
    problems.push({ ...isNeeded('version', operation), fix: 'name the version to move the alias to' });
  if (operation === 'fetch' && to === undefined)
    problems.push({ ...isNeeded('to', operation), fix: 'name an empty folder for the model' });
  const isIdle = (input: string, by: RegistryOperation) => ({
    what: `does nothing for operation: ${operation}`,
    where: `input ${input}`,
    fix: `take it out; or write operation: ${by}`,
  });
  if (operation !== 'fetch' && to !== undefined) problems.push(isIdle('to', 'fetch'));
  if (operation !== 'register' && image !== undefined) problems.push(isIdle('image', 'register'));
  return problems;
}
