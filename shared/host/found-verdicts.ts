/** Verdict files that other jobs left, read as data: they may have run the code of a change. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, type Problem, UserError } from '../problem/problem.ts';
import { readVerdicts } from '../registry/verdicts.ts';
import { summaryInTwo } from '../report/summary.ts';
import type { Verdict, VerdictSource } from '../verdict/verdict.ts';

export interface FoundVerdict {
  readonly verdict: Verdict;
  /** Absolute. */
  readonly file: string;
  /** Of the report folder, `<action>[-<id>]`; empty if it has none. */
  readonly id: string;
}

/** What a verdict must be about to be told here. */
export interface WantedVerdict {
  /** Of this run; what is not known is not asked. */
  readonly source: VerdictSource | undefined;
  readonly actions: readonly string[];
  /** Names of models. */
  readonly models: readonly string[];
}

const MOST_FILES = 1000;
const LARGEST_BYTES = 64 * 1024 * 1024;
const FIX = 'let each job upload the reports of its own run, and download only those of this run';

/** All verdict files below a folder, and why others were refused. */
export function findVerdicts(
  folder: string,
  wanted: WantedVerdict,
): { readonly found: FoundVerdict[]; readonly refused: Problem[] } {
  const files = verdictFiles(folder);
  const found: FoundVerdict[] = [];
  const refused: Problem[] = [];
  if (files.length > MOST_FILES)
    refused.push({
      what: `holds ${files.length} verdicts, more than ${MOST_FILES}`,
      where: folder,
      fix: FIX,
    });
  for (const file of files.slice(0, MOST_FILES)) {
    try {
      const verdict = verdictIn(file);
      const problems = strange(verdict, wanted).map((what) => ({ what, where: file, fix: FIX }));
      refused.push(...problems);
      if (problems.length === 0) found.push({ verdict, file, id: idOf(file, verdict.action) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push(...error.problems);
    }
  }
  return { found, refused };
}

/** Links are not followed (`readdir` would follow those to folders): an artifact may hold some that lead anywhere. */
function verdictFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const inside = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const own = entries.filter((entry) => entry.isFile() && entry.name === 'verdict.json');
  return [...own.map(({ name }) => join(folder, name)), ...inside.flatMap(verdictFiles)].sort();
}

/** @throws UserError for what is not a verdict, or cannot be shown. */
function verdictIn(file: string): Verdict {
  const size = statSync(file).size;
  if (size > LARGEST_BYTES)
    throw new UserError({ what: `has ${size} bytes, more than ${LARGEST_BYTES}`, where: file, fix: FIX });
  const [read] = readVerdicts([{ file, text: readFileSync(file, 'utf8') }]);
  if (read === undefined) throw new UserError({ what: 'is not a verdict', where: file });
  try {
    summaryInTwo(read.verdict);
  } catch (error) {
    throw new UserError({ what: `cannot be shown (${messageOf(error)})`, where: file, fix: FIX });
  }
  return read.verdict;
}

/** Why a verdict is not one of this run. */
function strange(
  { action, name, source }: Verdict,
  { source: here, actions, models }: WantedVerdict,
): string[] {
  const differs = (what: string, is: string | undefined, should: string | undefined) =>
    should === undefined || is === should
      ? []
      : [`is about ${what} ${is ?? 'unknown'}, and this run about ${should}`];
  return [
    ...differs('the repository', source?.repository, here?.repository),
    ...differs('the commit', source?.commit, here?.commit),
    ...(actions.includes(action)
      ? []
      : [`is of ${JSON.stringify(action)}, which is not an action of ml-loop`]),
    ...(models.includes(name)
      ? []
      : [
          `is about the model ${JSON.stringify(name)}; this run is about ${models.length === 0 ? 'none' : models.join(', ')}`,
        ]),
  ];
}

function idOf(file: string, action: string): string {
  const folder = basename(dirname(file));
  return folder.startsWith(`${action}-`) ? folder.slice(action.length + 1) : '';
}
