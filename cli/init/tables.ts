/** Which files are the data, and which the test set. */
import { type Guess, type Guesses, said } from './guess.ts';
import type { Inputs } from './inputs.ts';
import { isConcrete, optionIn, type Script } from './scripts.ts';
import { baseName, isTable, isThere, type RepositoryTree } from './tree.ts';

/** The scripts of a repository, as far as there are any. */
export interface Scripts {
  readonly train?: Script;
  readonly predict?: Script;
}

/** Tables that are not what a model learns from. */
const OTHERS =
  /(^|\/)(tests?|fixtures?|logs?|labels?|node_modules|ml-loop-report|\.ml-loop)\/|(pred|submission|label|output|result)[^/]*$/i;
const TEST = /(^|[/_.-])(test|holdout|hold_out|valid|validation|eval|dev)([_.-]|$)/i;
const TRAIN = /(^|[/_.-])(train|training)([_.-]|$)/i;
const DATA_OPTION =
  /^(data|data[-_](file|path|set)|dataset|input|input[-_](file|path)|train|train[-_](data|file|path|set)|training[-_]data|csv)$/;
const TEST_OPTION =
  /^(test|test[-_](data|file|path|set|out|csv)|holdout|valid|validation|eval|eval[-_]data)$/;

/** The files of the data, as globs; undefined, with the problem, if they cannot be known. */
export function dataOf(
  tree: RepositoryTree,
  { train }: Scripts,
  inputs: Inputs,
  guesses: Guesses,
): readonly string[] | undefined {
  if (inputs.data !== undefined) return guesses.take('data', said(inputs.data));
  const candidates = candidatesOf(tree);
  const found = fromTraining(tree, train) ?? fromNames(tree, candidates);
  if (found !== undefined) return guesses.take('data', found);
  if (candidates.length === 0)
    guesses.lack(
      'data',
      'no table was found: CSV, TSV, JSON Lines or Parquet',
      'name the files, such as --data data/train.csv',
    );
  else
    guesses.lack(
      'data',
      `there are ${candidates.length} tables, and nothing says which one the model learns from`,
      `name one of: ${candidates.slice(0, 6).join(', ')}${candidates.length > 6 ? ', …' : ''}`,
    );
  return undefined;
}

/** Tables that a model may learn from, also those that DVC keeps. */
export function candidatesOf({ files, ignored }: RepositoryTree): string[] {
  const kept = files.filter((file) => file.endsWith('.dvc')).map((file) => file.slice(0, -'.dvc'.length));
  const all = [...files, ...ignored, ...kept].filter((file) => isTable(file) && !OTHERS.test(file));
  return [...new Set(all)].sort();
}

function fromTraining(tree: RepositoryTree, train: Script | undefined): Guess<readonly string[]> | undefined {
  if (train === undefined) return undefined;
  const words = (train.usage ?? []).filter(isConcrete);
  const option = optionIn(words, DATA_OPTION);
  const word = option ?? words.find((one) => isTable(one) && !TEST.test(one) && isThere(tree, one));
  if (word !== undefined && isConcrete(word) && isTable(word))
    return { value: [word], why: `the command line of ${train.path} names it` };
  const read = train.reads.map((name) => placeOf(tree, name)).filter((name) => name !== undefined);
  const learned = [...new Set(read)].filter((name) => !TEST.test(baseName(name)));
  const [first] = learned.length === 1 ? learned : learned.filter((name) => TRAIN.test(baseName(name)));
  return first === undefined ? undefined : { value: [first], why: `${train.path} reads it` };
}

/** The path of a file that a script names: from the root, or from a folder that the script joins to it. */
function placeOf(tree: RepositoryTree, name: string): string | undefined {
  const plain = name.replace(/^(\.\.?\/)+/, '');
  const candidates = candidatesOf(tree);
  if (candidates.includes(plain)) return plain;
  const ending = candidates.filter((file) => file.endsWith(`/${plain}`));
  return ending.length === 1 ? ending[0] : undefined;
}

function fromNames(
  tree: RepositoryTree,
  candidates: readonly string[],
): Guess<readonly string[]> | undefined {
  const [only, second] = candidates.filter((file) => !TEST.test(baseName(file)));
  if (only !== undefined && second === undefined) return { value: [only], why: 'it is the only table' };
  const trained = candidates.filter((file) => TRAIN.test(baseName(file)));
  if (trained.length === 1) return { value: trained, why: 'its name says so' };
  const folders = new Set(
    candidates.map((file) => `${file.slice(0, -baseName(file).length)}*${extension(file)}`),
  );
  const heads = new Set(candidates.map((file) => tree.head(file)));
  const [glob, ...more] = folders;
  if (glob === undefined || more.length > 0 || heads.size !== 1 || heads.has('')) return undefined;
  return { value: [glob], why: `all ${candidates.length} files have the same columns` };
}

function extension(file: string): string {
  return /\.[^/]*$/.exec(baseName(file))?.[0] ?? '';
}

/** The file of the test set, which may be there only after training; undefined if there is none. */
export function testDataOf(
  tree: RepositoryTree,
  { train, predict }: Scripts,
  inputs: Inputs,
): Guess | undefined {
  const given = inputs['test-data'];
  if (given !== undefined) return given === 'none' ? undefined : said(given);
  const option = optionIn(train?.usage, TEST_OPTION);
  if (option !== undefined && isConcrete(option) && isTable(option))
    return { value: option, why: `the command line of ${train?.path} names it` };
  const written = train?.writes.find((name) => TEST.test(baseName(name)));
  if (written !== undefined) return { value: written, why: `${train?.path} writes it` };
  const used = (predict?.usage ?? []).find(
    (word) => isTable(word) && isConcrete(word) && TEST.test(baseName(word)),
  );
  if (used !== undefined) return { value: used, why: `the usage line of ${predict?.path} names it` };
  const named = candidatesOf(tree).filter((file) => TEST.test(baseName(file)));
  return named.length === 1 && named[0] !== undefined
    ? { value: named[0], why: 'its name says so' }
    : undefined;
}
