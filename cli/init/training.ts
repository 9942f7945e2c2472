/** How a repository trains, predicts and is tested. */
import { type Guess, type Guesses, said } from './guess.ts';
import type { Inputs } from './inputs.ts';
import { isConcrete, languageOf, optionIn, type Script, scriptOf } from './scripts.ts';
import type { Scripts } from './tables.ts';
import { baseName, isModel, isTable, isThere, type RepositoryTree } from './tree.ts';

const NONE = 'none';
const TRAIN_NAME =
  /^(train|training|train_model|model_train|fit|train_.*|.*_train)\.(py|r|mjs|js|jl|ipynb)$/i;
const PREDICT_NAME = /^(predict|prediction|predict_.*|inference|infer|score|scoring)\.(py|r|mjs|js|jl)$/i;
const ASIDE = /(^|\/)(tests?|docs?|examples?|node_modules|\.github)\//;

/** The scripts by their names: the one nearest to the root. @param given the command that trains, if it is said. */
export function scriptsOf(tree: RepositoryTree, given?: string): Scripts {
  const find = (name: RegExp) =>
    [...tree.files]
      .filter((path) => name.test(baseName(path)) && languageOf(path) !== undefined && !ASIDE.test(path))
      .sort(
        (a, b) =>
          a.split('/').length - b.split('/').length ||
          Number(/ipynb$/.test(a)) - Number(/ipynb$/.test(b)) ||
          a.length - b.length,
      )[0];
  const train = find(TRAIN_NAME);
  const predict = find(PREDICT_NAME);
  return {
    ...(train === undefined ? {} : { train: withUsage(scriptOf(tree, train), given) }),
    ...(predict === undefined ? {} : { predict: scriptOf(tree, predict) }),
  };
}

/** A command that is given shows the arguments better than any usage line. */
function withUsage(script: Script, given: string | undefined): Script {
  const [, words] = (given ?? '').split(baseName(script.path));
  return words === undefined ? script : { ...script, usage: words.trim().split(/\s+/) };
}

/** The command that trains; undefined if there is none, and with the problem if it cannot be known. */
export function trainOf(
  tree: RepositoryTree,
  { train }: Scripts,
  inputs: Inputs,
  guesses: Guesses,
): string | undefined {
  if (inputs.train !== undefined)
    return inputs.train === NONE ? undefined : guesses.take('train', said(inputs.train));
  const target = targetOf(tree);
  if (target !== undefined) return guesses.take('train', target);
  if (train === undefined) return undefined;
  const words = train.usage;
  if (words?.every(isConcrete) === true)
    return guesses.take('train', { value: command(train, words), why: `the usage line of ${train.path}` });
  if (!train.needsArguments)
    return guesses.take('train', { value: command(train, []), why: `${train.path} needs no arguments` });
  guesses.lack(
    'train',
    `${train.path} needs arguments, and no usage line shows them`,
    `give the command, such as --train "${command(train, ['--data', 'data.csv'])}", or write it into the first lines of ${train.path}`,
  );
  return undefined;
}

/** A target of a build tool that trains. */
function targetOf({ files, text }: RepositoryTree): Guess | undefined {
  if (files.includes('dvc.yaml') && /^\s+train\w*:/m.test(text('dvc.yaml')))
    return { value: 'dvc repro', why: 'dvc.yaml has a stage train' };
  if (files.includes('Makefile') && /^train:/m.test(text('Makefile')))
    return { value: 'make train', why: 'the Makefile has a target train' };
  if (files.includes('package.json') && /"train"\s*:/.test(text('package.json')))
    return { value: 'npm run train', why: 'package.json has a script train' };
  return undefined;
}

const PROGRAMS = {
  python: 'python',
  notebook: 'jupyter',
  r: 'Rscript',
  node: 'node',
  julia: 'julia',
} as const;

function command({ path, language }: Script, words: readonly string[]): string {
  if (language === 'notebook') return `jupyter nbconvert --to notebook --execute --inplace ${path}`;
  return [PROGRAMS[language], path, ...words].join(' ');
}

/** The command that predicts, with its placeholders; undefined if there is none. */
export function predictOf(
  { predict }: Scripts,
  inputs: Inputs,
  guesses: Guesses,
): readonly string[] | undefined {
  if (inputs.predict !== undefined) {
    const isNone = inputs.predict.length === 1 && inputs.predict[0] === NONE;
    return isNone ? undefined : guesses.take('predict', said(inputs.predict));
  }
  if (predict === undefined) return undefined;
  const program = [PROGRAMS[predict.language], predict.path];
  const found = fromUsage(predict) ?? fromOptions(predict) ?? fromVariables(predict);
  if (found !== undefined)
    return guesses.take('predict', { value: [...program, ...found.value], why: found.why });
  guesses.lack(
    'predict',
    `nothing shows how ${predict.path} takes the model, the data and the file to write`,
    `give the command: --predict '[${[...program, '"{model}"', '"{data}"', '"{out}"'].join(', ')}]', or --predict none`,
  );
  return undefined;
}

const PLACES = ['{model}', '{data}', '{out}'];

function isWhole(words: readonly string[]): boolean {
  return PLACES.every((place) => words.includes(place));
}

/** The place that an option or a word stands for, by its name. */
function placeFor(name: string): string | undefined {
  if (/out|pred|result|dest|save/i.test(name)) return '{out}';
  if (/model|checkpoint|weights|artifact/i.test(name)) return '{model}';
  return /data|input|test|csv|file|rows|features/i.test(name) ? '{data}' : undefined;
}

function fromUsage({ usage, path }: Script): Guess<readonly string[]> | undefined {
  if (usage === undefined) return undefined;
  let option: string | undefined;
  const words = usage.map((word) => {
    const isOption = word.startsWith('-');
    const place = isOption ? undefined : placeFor(option ?? (isModel(word) ? 'model' : word));
    option = isOption ? word : undefined;
    return place ?? word;
  });
  return isWhole(words) ? { value: words, why: `the usage line of ${path}` } : undefined;
}

function fromOptions({ text, path }: Script): Guess<readonly string[]> | undefined {
  const added = [...text.matchAll(/add_argument\(\s*["']([^"']+)["']|click\.option\(\s*["']([^"']+)["']/g)];
  const words = added.flatMap(([, argparse, click]) => {
    const name = argparse ?? click ?? '';
    const place = placeFor(name);
    if (place === undefined) return [];
    return name.startsWith('-') ? [name, place] : [place];
  });
  const isOnce = PLACES.every((place) => words.filter((word) => word === place).length === 1);
  return isOnce ? { value: words, why: `the arguments that ${path} declares` } : undefined;
}

/** `model, data, out = sys.argv[1:]`, `main(*sys.argv[1:])` with its parameters, `process.argv.slice(2)`. */
function fromVariables({ text, path }: Script): Guess<readonly string[]> | undefined {
  const list =
    /^\s*(?:const |let )?[[(]?\s*(\w+\s*,\s*\w+\s*,\s*\w+)\s*[\])]?\s*(?:=|<-)\s*(?:sys\.argv\[1:4?\]|process\.argv\.slice\(2\)|commandArgs\()/m.exec(
      text,
    )?.[1] ?? (/(\w+)\(\*sys\.argv\[1:\]\)/.exec(text) ? parametersOf(text) : undefined);
  const single = [1, 2, 3].map(
    (at) => new RegExp(`^\\s*(\\w+)\\s*=\\s*sys\\.argv\\[${at}\\]`, 'm').exec(text)?.[1],
  );
  const names =
    list?.split(/\s*,\s*/) ?? (single.every((name) => name !== undefined) ? (single as string[]) : []);
  const words = names.map(
    (name) => placeFor(name.trim()) ?? (/folder|dir|path/.test(name) ? '{model}' : name),
  );
  return isWhole(words) && words.length === 3
    ? { value: words, why: `the arguments that ${path} reads` }
    : undefined;
}

function parametersOf(text: string): string | undefined {
  const called = /(\w+)\(\*sys\.argv\[1:\]\)/.exec(text)?.[1] ?? '';
  return new RegExp(`def ${called}\\(\\s*(\\w+\\s*,\\s*\\w+\\s*,\\s*\\w+)\\s*\\)`).exec(text)?.[1];
}

const OUT_OPTION =
  /^(o|out|output|model|model[-_](dir|path|out|file)|save|save[-_]\w+|out(put)?[-_](dir|path|model|file))$/;

/** The file or folder that training writes the model to. */
export function guessModel(
  tree: RepositoryTree,
  { train, predict }: Scripts,
  inputs: Inputs,
): Guess | undefined {
  if (inputs.model !== undefined) return inputs.model === NONE ? undefined : said(inputs.model);
  const option = optionIn(train?.usage, OUT_OPTION);
  if (option !== undefined && isConcrete(option) && !isTable(option))
    return { value: option, why: `the command line of ${train?.path} names it` };
  const shown = predict?.usage?.find(
    (word) => isConcrete(word) && placeFor(isModel(word) ? 'model' : word) === '{model}',
  );
  if (shown !== undefined) return { value: shown, why: `the usage line of ${predict?.path} names it` };
  const [written] = train?.models ?? [];
  const folder = written?.slice(0, -baseName(written).length).replace(/\/$/, '');
  if (written !== undefined && folder && predict !== undefined && opensFolder(predict, baseName(written)))
    return { value: folder, why: `${train?.path} writes ${written}, and ${predict.path} opens its folder` };
  if (written !== undefined) return { value: written, why: `${train?.path} names it` };
  const read = predict?.models[0];
  if (read !== undefined) return { value: read, why: `${predict?.path} names it` };
  const there = [...tree.files, ...tree.ignored].filter(isModel);
  if (there.length === 1 && there[0] !== undefined) return { value: there[0], why: 'the only model file' };
  const usual = ['model', 'models'].find(
    (name) =>
      isThere(tree, name) &&
      !tree.files.some((file) => languageOf(file) !== undefined && file.startsWith(`${name}/`)),
  );
  return usual === undefined ? undefined : { value: usual, why: 'the folder is there' };
}

/** Does a script join a folder, which it is given, and the name of the model's file? */
function opensFolder({ text }: Script, file: string): boolean {
  // `model + "/model.pkl"`, `f"{model}/model.pkl"`, `"%s/model.pkl" % model`
  if (['"/', "'/", '}/', '%s/'].some((before) => text.includes(before + file))) return true;
  return [`"${file}"`, `'${file}'`].some((name) => {
    const before = text.slice(0, text.indexOf(name)).slice(-60);
    return text.includes(name) && (/join\([^)"']*,\s*$/.test(before) || /\/\s*$/.test(before));
  });
}

/** The predictions, or the metrics, that training writes, if nothing predicts. */
export function candidateOf({ train }: Scripts, inputs: Inputs): Guess | undefined {
  if (inputs.candidate !== undefined) return inputs.candidate === NONE ? undefined : said(inputs.candidate);
  const written = train?.writes.find((name) => /pred|score|output/i.test(baseName(name)));
  if (written !== undefined) return { value: written, why: `${train?.path} writes it` };
  const [metrics] = train?.metrics ?? [];
  return metrics === undefined ? undefined : { value: metrics, why: `${train?.path} names it` };
}
