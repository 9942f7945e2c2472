/** The commands of README.md, as they stand there. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const README = readFileSync('README.md', 'utf8');
const [quickStart = '', development = ''] = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
  ([, text]) => text,
);
const ADDRESS = 'https://github.com/ml-loop/ml-loop';
/** What a clone has that init needs. */
const SHIPPED = ['dist', 'workflows-templates', 'CHANGELOG.md', 'package.json'];

const isReleased = /^## \d+\.\d+\.\d+ - /m.test(readFileSync('CHANGELOG.md', 'utf8'));

let root: string;
const repository = () => join(root, 'delivery-times');
const git = (args: readonly string[], cwd: string) =>
  execFileSync('git', args, { cwd, env: settings(), encoding: 'utf8' });

/** The address of ml-loop leads to this tree, and the user has a name. */
function settings(): NodeJS.ProcessEnv {
  const config = [
    [`url.file://${join(root, 'shipped')}.insteadOf`, ADDRESS],
    ['user.name', 'A'],
    ['user.email', 'a@example.org'],
  ];
  const entries = config.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { ...process.env, GIT_CONFIG_COUNT: String(config.length), ...Object.fromEntries(entries) };
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'readme-'));
  const shipped = join(root, 'shipped');
  for (const path of SHIPPED) cpSync(path, join(shipped, path), { recursive: true });
  const example = resolve('examples/delivery-times');
  for (const path of ['data/deliveries.csv', 'train.py', 'predict.py', 'features.py', 'requirements.txt'])
    cpSync(join(example, path), join(repository(), path));
  for (const folder of [shipped, repository()]) {
    git(['init', '-q', '-b', 'main'], folder);
    git(['add', '-A'], folder);
    git(['commit', '-qm', 'Begin'], folder);
  }
  git(['init', '-q', '--bare', join(root, 'origin')], root);
  git(['remote', 'add', 'origin', join(root, 'origin')], repository());
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('README.md', () => {
  test('the three commands for a repository of one’s own leave a branch to make a pull request of', () => {
    expect(quickStart.trim().split('\n')).toHaveLength(3);
    const said = execFileSync('bash', ['-euo', 'pipefail', '-c', quickStart], {
      cwd: repository(),
      env: settings(),
      encoding: 'utf8',
    });
    expect(said).toContain('What init found');
    const commit = git(['rev-parse', 'HEAD'], join(root, 'shipped')).trim();
    const workflow = readFileSync(join(repository(), '.github/workflows/ml-ci.yml'), 'utf8');
    expect(workflow).toContain(`@${isReleased ? 'v0' : commit}\n`);
    const pushed = git(['ls-tree', '-r', '--name-only', 'ml-loop'], join(root, 'origin')).split('\n');
    expect(pushed).toEqual(
      expect.arrayContaining([
        '.github/workflows/ml-ci.yml',
        'contract.yml',
        'ml-loop.yml',
        'reference.json',
      ]),
    );
  });

  test('the ml-loop.yml that it shows has what init writes for that repository', () => {
    const [shown = ''] = [...README.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
    expect(shown.trim().split('\n')).toHaveLength(11);
    const written = parse(readFileSync(join(repository(), 'ml-loop.yml'), 'utf8'));
    expect(written).toMatchObject(parse(shown));
  });

  test('the commands for development are scripts of this project', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
    const names = [...development.matchAll(/^npm (?:run )?(\S+)/gm)].map(([, name]) => name);
    expect(names).toEqual(['demo', 'cit']);
    expect(scripts).toMatchObject({ demo: expect.any(String), test: expect.any(String) });
  });
});
