/** What a job needs to run a repository's commands: Python and its packages, DVC's files, an image; and its tests. */
import { type Guess, type Guesses, said } from './guess.ts';
import type { Inputs } from './inputs.ts';
import type { Scripts } from './tables.ts';
import { baseName, type RepositoryTree } from './tree.ts';

const NONE = 'none';
/** A composite action of the repository, which ml-loop's workflows run first. */
export const SETUP = '.github/ml-loop/setup/action.yml';

/** The inputs of a workflow that set a job up. */
export interface Environment {
  readonly 'python-version'?: string | undefined;
  readonly requirements?: string | undefined;
  readonly install?: string | undefined;
  readonly container?: string | undefined;
  readonly lint?: string | undefined;
  readonly test?: string | undefined;
}

export interface Needs {
  readonly scripts: Scripts;
  /** Files that the jobs read and that git does not have. */
  readonly data: readonly string[];
  /** The version of `python3` on this machine. */
  readonly machine?: string | undefined;
  /** Do jobs train or predict? */
  readonly isRun: boolean;
}

export function environmentOf(
  tree: RepositoryTree,
  needs: Needs,
  inputs: Inputs,
  guesses: Guesses,
): Environment {
  const languages = new Set([needs.scripts.train, needs.scripts.predict].map((script) => script?.language));
  const isPython = languages.has('python') || languages.has('notebook');
  for (const [language, program] of [
    ['r', 'R'],
    ['julia', 'Julia'],
  ] as const)
    if (needs.isRun && languages.has(language)) otherLanguage(tree, program, inputs, guesses);
  const found = requirementsOf(tree, inputs);
  const test = testOf(tree, found?.value, inputs);
  const isSetUp = needs.isRun || test !== undefined || inputs.lint !== undefined;
  const requirements = isSetUp || inputs.requirements !== undefined ? found : undefined;
  const install = installOf(tree, { ...needs, isSetUp }, found?.value, inputs);
  const version =
    inputs['python-version'] !== undefined || (isSetUp && (isPython || found !== undefined))
      ? versionOf(tree, needs.machine, inputs)
      : undefined;
  if (needs.isRun) {
    if (languages.has('notebook'))
      guesses.note('A notebook is trained by jupyter: add `nbconvert` and `ipykernel` to your requirements.');
    if (found === undefined && install === undefined) lackedPackages(tree, needs.scripts, inputs, guesses);
  }
  return {
    'python-version': guesses.take('python-version', version),
    requirements: guesses.take('requirements', requirements),
    install: guesses.take('install', install),
    container: guesses.take('container', inputs.container === undefined ? undefined : said(inputs.container)),
    lint: guesses.take('lint', inputs.lint === undefined ? undefined : said(inputs.lint)),
    test: guesses.take('test', test),
  };
}

/** What Python's scripts import most, by the names of the packages where those differ. */
const PACKAGES: Readonly<Record<string, string>> = {
  ...{
    sklearn: 'scikit-learn',
    torch: 'torch',
    tensorflow: 'tensorflow',
    keras: 'keras',
    xgboost: 'xgboost',
  },
  ...{
    numpy: 'numpy',
    pandas: 'pandas',
    polars: 'polars',
    pyarrow: 'pyarrow',
    scipy: 'scipy',
    joblib: 'joblib',
  },
  ...{ lightgbm: 'lightgbm', catboost: 'catboost', statsmodels: 'statsmodels', transformers: 'transformers' },
};

/** A job would end at the first import. */
function lackedPackages(tree: RepositoryTree, scripts: Scripts, inputs: Inputs, guesses: Guesses): void {
  if (inputs.requirements !== undefined || inputs.container !== undefined || tree.files.includes(SETUP))
    return;
  const script = [scripts.train, scripts.predict].find((each) => importsOf(each?.text ?? '').length > 0);
  if (script === undefined) return;
  const names = importsOf(script.text);
  guesses.lack(
    'requirements',
    `${script.path} imports ${names.join(' and ')}, and nothing says which packages a job installs`,
    `write requirements.txt, or give --install "python -m pip install ${names.map((name) => PACKAGES[name]).join(' ')}"; give --requirements none if the runner has them`,
  );
}

function importsOf(text: string): string[] {
  const found = [...text.matchAll(/^[ \t]*(?:import|from)[ \t]+([a-z]\w*)/gm)].map(([, name = '']) => name);
  return [...new Set(found)].filter((name) => Object.hasOwn(PACKAGES, name));
}

/** GitHub's runners have Python and Node.js, and we set up Python: any other language comes from the user. */
function otherLanguage(tree: RepositoryTree, program: string, inputs: Inputs, guesses: Guesses): void {
  if (inputs.container !== undefined || inputs.install !== undefined || tree.files.includes(SETUP)) return;
  if (inputs.train === NONE && inputs.predict?.[0] === NONE) return;
  guesses.lack(
    'container',
    `training needs ${program}, which GitHub’s runners do not have`,
    `name an image that has it, such as --container ${program === 'R' ? 'rocker/r-ver:4.4.1' : 'julia:1.11'}; or write ${SETUP}, a composite action that installs it; or leave training out: --train none --predict none`,
  );
}

function requirementsOf({ files }: RepositoryTree, inputs: Inputs): Guess | undefined {
  if (inputs.requirements !== undefined)
    return inputs.requirements === NONE ? undefined : said(inputs.requirements);
  const found = files
    .filter(
      (file) => /^requirements[\w.-]*\.txt$/i.test(baseName(file)) && !/dev|test|docs?/i.test(baseName(file)),
    )
    .sort((a, b) => a.split('/').length - b.split('/').length || a.length - b.length)[0];
  return found === undefined ? undefined : { value: found, why: 'the file is there' };
}

function installOf(
  tree: RepositoryTree,
  { data, isSetUp }: Pick<Needs, 'data'> & { readonly isSetUp: boolean },
  requirements: string | undefined,
  inputs: Inputs,
): Guess | undefined {
  if (inputs.install !== undefined) return inputs.install === NONE ? undefined : said(inputs.install);
  const { files } = tree;
  const steps: { readonly command: string; readonly why: string }[] = [];
  if (
    isSetUp &&
    requirements === undefined &&
    (files.includes('pyproject.toml') || files.includes('setup.py'))
  )
    steps.push({
      command: 'python -m pip install .',
      why: files.includes('pyproject.toml') ? 'there is a pyproject.toml' : 'there is a setup.py',
    });
  if (isSetUp && files.includes('package-lock.json'))
    steps.push({ command: 'npm ci', why: 'there is a package-lock.json' });
  const pulled = data.filter((file) => files.includes(`${file}.dvc`));
  if (pulled.length > 0)
    steps.push({
      command: `python -m pip install "${dvcPackage(tree)}" && dvc pull ${pulled.join(' ')}`,
      why: 'DVC keeps the data',
    });
  if (steps.length === 0) return undefined;
  return {
    value: steps.map(({ command }) => command).join(' && '),
    why: steps.map(({ why }) => why).join('; '),
  };
}

/** DVC with what its remote needs. */
function dvcPackage({ text }: RepositoryTree): string {
  const [, scheme = ''] = /^\s*url\s*=\s*(s3|gs|azure|ssh|gdrive|https?):/m.exec(text('.dvc/config')) ?? [];
  return scheme === '' || /^http/.test(scheme) ? 'dvc' : `dvc[${scheme}]`;
}

function versionOf(
  { files, text }: RepositoryTree,
  machine: string | undefined,
  inputs: Inputs,
): Guess | undefined {
  const given = inputs['python-version'];
  if (given !== undefined) return given === NONE ? undefined : said(given);
  const read = (file: string, pattern: RegExp) =>
    files.includes(file) ? pattern.exec(text(file))?.[1] : undefined;
  const places: [string, RegExp][] = [
    ['.python-version', /^(?:python-)?(3\.\d+(?:\.\d+)?)\s*$/m],
    ['runtime.txt', /^python-(3\.\d+)/m],
    ['Dockerfile', /^FROM\s+(?:\S+\/)?python:(3\.\d+)/im],
    ['pyproject.toml', /^(?:requires-python|python)\s*=\s*["'][^"'\d]*(3\.\d+)/m],
  ];
  for (const [file, pattern] of places) {
    const value = read(file, pattern);
    if (value !== undefined) return { value, why: `${file} says so` };
  }
  return machine === undefined
    ? { value: '3.12', why: 'nothing says another' }
    : { value: machine, why: 'python3 on this machine has it' };
}

function testOf(tree: RepositoryTree, requirements: string | undefined, inputs: Inputs): Guess | undefined {
  if (inputs.test !== undefined) return inputs.test === NONE ? undefined : said(inputs.test);
  const { files, text } = tree;
  const tests = files.filter((file) => /(^|\/)(test_\w*|\w+_test)\.py$/.test(file));
  const [first] = tests;
  if (first === undefined) return undefined;
  const needsPytest = tests.some((file) => /^\s*(import|from) pytest|^def test_/m.test(text(file)));
  if (!needsPytest) {
    const folder = first.includes('/') ? first.slice(0, first.lastIndexOf('/')) : '.';
    return { value: `python -m unittest discover ${folder}`, why: `${first} is a test of unittest` };
  }
  const isInstalled = [requirements ?? '', 'pyproject.toml'].some((file) => /\bpytest\b/.test(text(file)));
  return {
    value: `${isInstalled ? '' : 'python -m pip install pytest && '}python -m pytest`,
    why: `${first} is a test of pytest`,
  };
}
