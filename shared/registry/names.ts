import { type Problem, UserError } from '../problem/problem.ts';

/** Why the text cannot name a model, or undefined. Such a name is a folder, a part of a git ref and of an OCI address. */
export function nameProblem(name: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) {
    return 'must consist of letters, digits, `.`, `_` and `-`, begin with a letter or digit, and have at most 128 characters';
  }
  return /\.\.|\.$|\.lock$/i.test(name)
    ? 'must not contain `..`, and must not end in `.` or `.lock`'
    : undefined;
}

/** SemVer 2.0.0, section 2 and 9. */
const NUMBER = '(0|[1-9]\\d*)';
const PRERELEASE = '(0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const VERSION = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRERELEASE}(\\.${PRERELEASE})*)?$`);

/** Why the text cannot be a version, or undefined. Build metadata is left out because OCI tags cannot carry `+`. */
export function versionProblem(version: string): string | undefined {
  if (VERSION.test(version) && version.length <= 64 && !/\d{16}/.test(version)) return undefined;
  return 'must be SemVer such as 1.2.0 or 2.0.0-rc.1, without `v` and without build metadata';
}

/** Why the text cannot be an alias, or undefined. */
export function aliasProblem(alias: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(alias)) {
    return 'must consist of letters, digits, `_` and `-`, begin with a letter, and have at most 64 characters';
  }
  return /^(latest|v\d+)$/i.test(alias)
    ? 'must not be latest or v1, v2 and so on, which registries use themselves'
    : undefined;
}

/** Why the text is not a POSIX path that stays below its root, or undefined. */
export function pathProblem(path: string): string | undefined {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'leaves its folder or is absolute';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\\\u0000-\u001f\u007f]|^[A-Za-z]:/.test(path)
    ? 'holds a backslash, a drive or a control character'
    : undefined;
}

/** One problem for each text that its rule refuses. */
export function nameProblems(
  noun: string,
  texts: readonly string[],
  rule: (text: string) => string | undefined,
  fix?: string,
): Problem[] {
  return texts.flatMap((text) => {
    const what = rule(text);
    if (what === undefined) return [];
    return [{ what: `${JSON.stringify(text)} ${what}`, where: noun, ...(fix === undefined ? {} : { fix }) }];
  });
}

/** @throws UserError for a text that its rule refuses. */
export function requireFit(noun: string, text: string, rule: (text: string) => string | undefined): void {
  const problems = nameProblems(noun, [text], rule);
  if (problems.length > 0) throw new UserError(problems);
}
