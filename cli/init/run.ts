import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ChildCommands } from '../../shared/host/commands.ts';
import type { Commands } from '../../shared/ports/ports.ts';
import { UserError } from '../../shared/problem/problem.ts';
import { plain } from '../../shared/report/markdown.ts';
import { writeDurably } from '../../shared/state/durable.ts';
import { EXIT } from '../../shared/verdict/status.ts';
import { changeOf, type ProposedFile, shownDiff } from './diff.ts';
import { diskTree } from './disk.ts';
import type { Inputs } from './inputs.ts';
import { type InitPlan, initPlan } from './plan.ts';
import { described } from './profile.ts';
import { guessRelease, templateText } from './templates.ts';

/** Writes what a repository needs to use ml-loop, and tells what it guessed. @throws UserError with all that it cannot know. */
export async function run(inputs: Inputs): Promise<number> {
  const root = resolve(inputs['working-directory']);
  const commands = new ChildCommands(root);
  const tree = await diskTree(root, commands);
  if (tree.git) await requireRoot(commands);
  const plan = await initPlan(tree, inputs, {
    describe: (data) => described(root, data),
    template: templateText,
    ref: await guessRelease(commands),
    python: await pythonOf(commands),
    branch: await branchOf(commands),
  });
  process.stdout.write(told(plan));
  const changed = plan.files
    .map((file) => ({ file, current: currentText(join(root, file.path)) }))
    .map((one) => ({ ...one, change: changeOf(one.file, one.current) }))
    .filter(({ change }) => change !== 'same');
  for (const { file, current } of changed) process.stdout.write(`${shownDiff(file, current)}\n`);
  const isKept = ({ file, change }: (typeof changed)[number]) =>
    change === 'differs' && !inputs.force && file.path !== '.gitignore';
  const kept = changed.filter(isKept).map(({ file }) => file);
  const written = changed.filter((one) => !isKept(one)).map(({ file }) => file);
  if (!inputs['dry-run']) for (const { path, text } of written) writeDurably(join(root, path), text);
  process.stdout.write(ending(written, kept, inputs['dry-run']));
  return EXIT.ok;
}

/** @throws UserError in a folder below: GitHub reads workflows at the root alone. */
async function requireRoot(commands: Commands): Promise<void> {
  const { stdout } = await quiet(commands, ['git', 'rev-parse', '--show-prefix']);
  if (stdout.trim() === '') return;
  throw new UserError({
    what: `${stdout.trim()} is not the root of its git repository, and GitHub reads workflows only there`,
    where: '--working-directory',
    fix: 'run init at the root, and name the files below it with --data, --train and --predict',
  });
}

function currentText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The version of Python that the user has. */
async function pythonOf(commands: Commands): Promise<string | undefined> {
  const { stdout } = await quiet(commands, ['python3', '--version']);
  return /^Python (3\.\d+)/.exec(stdout)?.[1];
}

async function branchOf(commands: Commands): Promise<string | undefined> {
  const { stdout } = await quiet(commands, ['git', 'symbolic-ref', '--short', 'refs/remotes/origin/HEAD']);
  const remote = stdout.trim().replace(/^origin\//, '');
  if (remote !== '') return remote;
  const current = await quiet(commands, ['git', 'branch', '--show-current']);
  return ['master', 'trunk', 'develop'].find((name) => name === current.stdout.trim());
}

/** A program that is not there has nothing to say. */
async function quiet(commands: Commands, argv: readonly string[]): Promise<{ readonly stdout: string }> {
  try {
    return await commands.run(argv);
  } catch (error) {
    if (error instanceof UserError) return { stdout: '' };
    throw error;
  }
}

function told({ guesses }: InitPlan): string {
  const width = Math.max(0, ...guesses.told.map(({ flag }) => flag.length));
  const rows = guesses.told.map(
    ({ flag, value, why }) =>
      `  --${flag.padEnd(width)}  ${plain(value)}\n    ${' '.repeat(width)}  ${plain(why)}`,
  );
  const notes = guesses.notes.map((note) => `  - ${plain(note)}`);
  return [
    'What init found, with the flag that changes it:',
    ...rows,
    '',
    ...(notes.length === 0 ? [] : ['What you should know:', ...notes, '']),
    '',
  ].join('\n');
}

function ending(written: readonly ProposedFile[], kept: readonly ProposedFile[], isDry: boolean): string {
  const names = (files: readonly ProposedFile[]) => files.map(({ path }) => path).join(' ');
  const lines = [
    ...(written.length === 0 ? [] : [`${isDry ? 'Would write' : 'Wrote'}: ${names(written)}`]),
    ...(kept.length === 0
      ? []
      : [`Kept, because they are there and differ (--force overwrites them): ${names(kept)}`]),
    ...(written.length === 0 && kept.length === 0 ? ['Nothing to do: all files are there.'] : []),
    ...(written.length === 0 || isDry
      ? []
      : [
          '',
          'Next:',
          `  git add ${names(written)}`,
          '  git commit -m "Check data and model with ml-loop" && git push',
        ]),
  ];
  return `${lines.join('\n')}\n`;
}
