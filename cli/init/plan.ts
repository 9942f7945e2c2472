/** What `init` would write for a repository. Nothing is written here, and nothing of the repository is run. */
import { suggestion } from '../../shared/problem/nearest.ts';
import { UserError } from '../../shared/problem/problem.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { type ColumnGuesses, guessColumns } from './columns.ts';
import { configText, type Settings, sectionsOf } from './config-text.ts';
import { contractText } from './contract-text.ts';
import { type ProposedFile, withLines } from './diff.ts';
import { environmentOf } from './environment.ts';
import { configSections, withExisting } from './existing.ts';
import { type Guess, Guesses, said } from './guess.ts';
import { type Inputs, WORKFLOWS } from './inputs.ts';
import { questionOf } from './margin.ts';
import type { DataDescription } from './profile.ts';
import { dataOf, type Scripts, testDataOf } from './tables.ts';
import { candidateOf, guessModel, predictOf, scriptsOf, trainOf } from './training.ts';
import { isTable, isThere, type RepositoryTree } from './tree.ts';
import { refIn, withRef, workflowText } from './workflows.ts';

const CONFIG = 'ml-loop.yml';
const CONTRACT = 'contract.yml';
const REFERENCE = 'reference.json';
const IGNORED = ['/ml-loop-report/', '/.ml-loop/'];
const WORKFLOW = /^\.github\/workflows\/[^/]+\.ya?ml$/;
const FIGURES = 'it holds figures of the data';

/** What is asked of the machine. */
export interface InitPorts {
  /** The profile of files, by the globs given. @throws UserError if they cannot be read. */
  describe(data: readonly string[]): Promise<DataDescription>;
  template(name: string): string;
  /** The version of `python3`. */
  readonly python?: string | undefined;
  readonly branch?: string | undefined;
  /** The version of ml-loop that workflows can name. */
  readonly ref: Guess;
}

export interface InitPlan {
  readonly guesses: Guesses;
  readonly files: readonly ProposedFile[];
}

/** @throws UserError with all that cannot be known, each with the flag that says it. */
export async function initPlan(tree: RepositoryTree, flags: Inputs, world: InitPorts): Promise<InitPlan> {
  const guesses = new Guesses();
  const inputs = withExisting(flags, tree.text(CONFIG));
  const scripts = scriptsOf(tree, inputs.train);
  const data = dataOf(tree, scripts, inputs, guesses);
  const train = trainOf(tree, scripts, inputs, guesses);
  const judged = judgedModel(tree, scripts, inputs, guesses);
  const isAsked = inputs.train !== undefined && inputs.train !== 'none';
  const isRun = judged.predict !== undefined || judged.candidate !== undefined || isAsked;
  if (train !== undefined && !isRun)
    guesses.note('The workflow does not train, because nothing would judge the model.');
  const needs = { scripts, data: data ?? [], machine: world.python, isRun };
  const environment = environmentOf(tree, needs, inputs, guesses);
  const table = data === undefined ? undefined : await describedTable(tree, data, world, guesses);
  const isJudged = judged.predict !== undefined || isTable(judged.candidate ?? '');
  const columns = table === undefined ? {} : guessColumns(table.profile, scripts, inputs, guesses, isJudged);
  if (data === undefined || table === undefined || guesses.problems.length > 0)
    throw new UserError(guesses.problems);
  const test = await testSet(tree, judged, columns, world, guesses);
  const label = table.profile.columns.find(({ name }) => name === columns.label);
  const question =
    label === undefined || !isJudged || test === 'unlabelled'
      ? undefined
      : questionOf(label, test?.rows, inputs, guesses);
  const settings: Settings = {
    ...{ inputs, data, columns, contract: CONTRACT, reference: REFERENCE, question, model: judged.model },
    ...(test === 'unlabelled'
      ? {}
      : { predict: judged.predict, candidate: judged.candidate, testData: judged.testData }),
  };
  remarks(tree, { settings, train, scripts }, guesses);
  const sections = [...Object.keys(sectionsOf(settings)), ...configSections(tree.text(CONFIG))];
  const names = workflowNames(inputs, sections, guesses);
  const ref = names.length === 0 ? '' : refOf(tree, inputs, world, guesses);
  const files = [
    { path: CONFIG, text: configText(settings) },
    { path: CONTRACT, text: contractText(table.contract, columns), figures: FIGURES },
    { path: REFERENCE, text: table.profileText, figures: FIGURES },
    {
      path: '.gitignore',
      text: withLines(tree.text('.gitignore'), IGNORED, '# Reports and local state of ml-loop'),
    },
    ...names.map((name) => ({
      path: `.github/workflows/${name}.yml`,
      text: withRef(
        workflowText(
          world.template(name),
          { ...environment, train: isRun ? train : undefined },
          inputs.branch ?? world.branch,
        ),
        ref,
      ),
    })),
  ];
  return { guesses, files };
}

/** The version that the workflows of the repository name already, or the one that is there. */
function refOf(tree: RepositoryTree, { ref }: Inputs, world: InitPorts, guesses: Guesses): string {
  const workflow = tree.files.find((file) => WORKFLOW.test(file) && refIn(tree.text(file)) !== undefined);
  const given = ref === undefined ? undefined : said(ref);
  const named =
    workflow === undefined
      ? undefined
      : { value: refIn(tree.text(workflow)) ?? '', why: `${workflow} names it` };
  return guesses.take('ref', given ?? named ?? world.ref) ?? '';
}

interface Judged {
  readonly model?: string | undefined;
  readonly predict?: readonly string[] | undefined;
  readonly candidate?: string | undefined;
  readonly testData?: string | undefined;
}

/** How the model can be judged, as far as it can be. */
function judgedModel(tree: RepositoryTree, scripts: Scripts, inputs: Inputs, guesses: Guesses): Judged {
  const predict = predictOf(scripts, inputs, guesses);
  const model = guesses.take('model', guessModel(tree, scripts, inputs));
  const testData = guesses.take('test-data', testDataOf(tree, scripts, inputs));
  if (predict === undefined) {
    const candidate = guesses.take('candidate', candidateOf(scripts, inputs));
    if (candidate === undefined)
      guesses.note(
        'Only the data are checked: there is neither a script that predicts nor a file of predictions that training writes. Add predict.py (model, data, file to write), and run init again.',
      );
    return { model, candidate, testData };
  }
  if (model === undefined)
    guesses.lack(
      'model',
      'nothing says where training writes the model',
      'name the file or folder, such as --model model; or leave the model out: --predict none',
    );
  if (testData !== undefined) return { model, predict, testData };
  guesses.note(
    'Only the data are checked: there is no test set. Let training write the rows that it does not learn from to a file, and run init again with --test-data FILE.',
  );
  return { model };
}

async function describedTable(
  tree: RepositoryTree,
  data: readonly string[],
  world: InitPorts,
  guesses: Guesses,
): Promise<DataDescription | undefined> {
  const away = data.filter((file) => tree.files.includes(`${file}.dvc`) && !isThere(tree, file));
  for (const file of away)
    guesses.lack('data', `${file} is kept by DVC and is not on this disk`, `run \`dvc pull ${file}\` first`);
  if (away.length > 0) return undefined;
  const table = await world.describe(data);
  for (const fault of table.faults) guesses.note(`validate-data fails on these data as they are: ${fault}.`);
  if (table.profile.rows > 0) return table;
  guesses.lack(
    'data',
    `${data.join(', ')} has no rows`,
    'name files with rows: the contract is made from them',
  );
  return undefined;
}

/** The test set's rows, if it is there already; `unlabelled` if it cannot judge. */
async function testSet(
  tree: RepositoryTree,
  { testData, predict }: Judged,
  { label }: ColumnGuesses,
  world: InitPorts,
  guesses: Guesses,
): Promise<Profile | 'unlabelled' | undefined> {
  if (testData === undefined || predict === undefined || !isThere(tree, testData)) return undefined;
  const { profile } = await world.describe([testData]);
  if (label === undefined || profile.columns.some(({ name }) => name === label)) return profile;
  guesses.note(
    `Only the data are checked: the test set ${testData} has no column ${label}. Keep labelled rows that training does not see in a file, and run init again with --test-data FILE.`,
  );
  return 'unlabelled';
}

interface Chosen {
  readonly settings: Settings;
  readonly train: string | undefined;
  readonly scripts: Scripts;
}

/** What will not work in a job as it is. */
function remarks(tree: RepositoryTree, { settings, train, scripts }: Chosen, guesses: Guesses): void {
  const { data, predict, model, testData } = settings;
  if (!tree.git) guesses.note('This is not a git repository yet: run `git init`.');
  for (const file of data) {
    if (tree.ignored.includes(file) && !tree.files.includes(`${file}.dvc`))
      guesses.note(`git ignores ${file}, so a job does not have it. Commit it, or let --install fetch it.`);
    if (tree.files.includes(`${file}.dvc`))
      guesses.note(
        `A job pulls ${file} by DVC: give it the remote’s login (input \`environment\`, secret \`env\`, or OpenID Connect).`,
      );
  }
  if (predict === undefined) return;
  if (
    train === undefined &&
    model !== undefined &&
    !tree.files.some((file) => file === model || file.startsWith(`${model.replace(/\/+$/, '')}/`))
  )
    guesses.note(
      `No command trains, and git does not have ${model}: a job has no model to judge. Give --train, or let --install fetch it.`,
    );
  if (testData !== undefined && data.includes(testData))
    guesses.note(
      `The test set is the data that the model learns from, so it judges too well. Keep rows apart for --test-data.`,
    );
  if (testData !== undefined && !tree.files.includes(testData) && scripts.train === undefined)
    guesses.note(
      `git does not have ${testData}: a job has no test set. Commit it, or let --install fetch it.`,
    );
}

/** The workflows to write: those asked for, or those whose sections are there, written now or before. */
function workflowNames(inputs: Inputs, sections: readonly string[], guesses: Guesses): readonly string[] {
  const { workflows } = inputs;
  if (workflows !== undefined) return known(workflows);
  const names = ['ml-ci'];
  if (sections.includes('deploy-canary')) names.push('ml-cd');
  if (sections.includes('check-drift')) names.push('ml-drift-check', 'ml-retrain');
  if (sections.includes('register-model') && names.length === 1)
    guesses.note(
      'For releases and for a watch over production, set the sections deploy-canary and check-drift in ml-loop.yml, and run init again: it then writes their workflows.',
    );
  return names;
}

function known(workflows: readonly string[]): readonly string[] {
  const unknown = workflows.filter((name) => name !== 'none' && !WORKFLOWS.some((one) => one === name));
  if (unknown.length === 0) return workflows.filter((name) => name !== 'none');
  throw new UserError(
    unknown.map((name) => ({
      what: `there is no workflow ${JSON.stringify(name)}`,
      where: '--workflows',
      fix: suggestion(name, ['none', ...WORKFLOWS]),
    })),
  );
}
