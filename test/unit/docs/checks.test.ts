import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { STATUSES } from '../../../shared/verdict/status.ts';

/** Where the code that an action runs begins; the root action adds what its loop says. */
const ENTRIES: Readonly<Record<string, string>> = {
  'validate-data': 'actions/validate-data/run.ts',
  train: 'actions/train/run.ts',
  'validate-model': 'actions/validate-model/run.ts',
  'register-model': 'actions/register-model/run.ts',
  'deploy-canary': 'actions/deploy-canary/run.ts',
  'check-drift': 'actions/check-drift/run.ts',
  doctor: 'actions/doctor/run.ts',
};
const ROOT = 'shared/host/loop.ts';
const NOT_RUN = 'shared/host/not-run.ts';
/** What is added to every verdict on a change. */
const GATE = 'shared/host/gate.ts';

/** Files whose checks an action only reads: deploy-canary says what they find as `rollout.evidence`, record-use only reads a verdict, a reference is only profiled, and of a contract validate-model reads the classes. */
const ONLY_READ: Readonly<Record<string, readonly string[]>> = {
  'validate-model': [
    'shared/registry/evidence.ts',
    'shared/contract/read.ts',
    'shared/contract/vocabulary.ts',
  ],
  'register-model': ['shared/report/page.ts'],
  'deploy-canary': ['shared/registry/evidence.ts'],
  'check-drift': ['shared/scan/profile-files.ts'],
};

/** The source without comments, whose examples are not code. */
function codeOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
}

/** Every file that the entry's code reaches; types alone reach nothing. */
function reached(entry: string, except: readonly string[] = []): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path) || except.includes(path)) continue;
    const code = codeOf(path);
    found.set(path, code);
    const imports = code.matchAll(
      /(?:^(?:import|export)\s+(?!type\b)[^;]*?from|^import|\bimport\()\s*'(\.[^']+\.ts)'/gm,
    );
    for (const [, target] of imports) waiting.push(join(dirname(path), target ?? ''));
  }
  return found;
}

const NAME = '[a-z][a-z-]*';
const HOLE = '<…>';
/** `comparison.${metric.name}` → `comparison.<…>`, and so is `comparison.<metric>`. */
const pattern = (id: string) => id.replaceAll(/\$\{[^}]*\}|<[^>]*>/g, HOLE);

/** Texts and templates in the place of an id or a rule: whatever their first word, they are ids. */
function declared(code: string): string[] {
  const place = new RegExp(
    `\\b(?:id|rule)\\??\\s*(?::|=|===)\\s*((?:['\`]${NAME}\\.[^'\`]+['\`]\\s*\\|?\\s*)+)`,
    'g',
  );
  return [...code.matchAll(place)].flatMap(([, ids]) =>
    [...(ids ?? '').matchAll(/['`]([^'`]+)['`]/g)].map(([, id]) => pattern(id ?? '')),
  );
}

/** Texts anywhere that begin with a word by which ids begin, such as those of a table of rules; no names of files. */
function mentioned(code: string, spaces: ReadonlySet<string>): string[] {
  const texts = code.matchAll(new RegExp(`(?<!writeReport\\(\\s*)(['\`])(${NAME})\\.(${NAME})\\1`, 'g'));
  return [...texts]
    .filter(([, , space]) => spaces.has(space ?? ''))
    .map(([, , space, rest]) => `${space}.${rest}`);
}

/** The members of a type that is a list of texts: an id is made of it by a template. */
function members(type: string, path: string): string[] {
  const [, list] = new RegExp(`type ${type} = ([^;]+);`).exec(codeOf(path)) ?? [];
  return [...(list ?? '').matchAll(/'([^']+)'/g)].map(([, member]) => member ?? '');
}

const everything = new Map([...Object.values(ENTRIES), ROOT].flatMap((entry) => [...reached(entry)]));
const spaces = new Set([...everything.values()].flatMap(declared).map((id) => id.split('.')[0] ?? ''));

function idsOf(files: ReadonlyMap<string, string>): string[] {
  const ids = new Set([...files.values()].flatMap((code) => [...declared(code), ...mentioned(code, spaces)]));
  // Of all templates, this one alone stands for a closed list.
  if (ids.delete(`predictions.${HOLE}`)) {
    for (const kind of members('FieldFaultKind', 'shared/model/fields.ts')) ids.add(`predictions.${kind}`);
  }
  return [...ids].sort();
}

interface Row {
  readonly id: string;
  readonly cells: readonly string[];
}

const document = readFileSync('docs/checks.md', 'utf8');

/** The rows of the table below a heading. */
function rowsOf(heading: string): Row[] {
  const [, section = ''] =
    new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(document) ?? [];
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { id: /^`([^`]+)`$/.exec(cells[0] ?? '')?.[1] ?? '', cells };
    });
}

describe('docs/checks.md', () => {
  test('the sources are found, with ids in every form', () => {
    const all = idsOf(everything);
    expect(all).toEqual(
      expect.arrayContaining([
        'file.quote',
        'row.json',
        'row.rule',
        'comparison.<…>',
        'predictions.values',
        'rollout.router',
        'rollout.smoke',
      ]),
    );
    expect(all.length).toBeGreaterThan(50);
  });

  test.each(Object.entries(ENTRIES))(
    '%s: the table has just the checks that its code can say',
    (name, entry) => {
      const files = reached(entry, ONLY_READ[name]);
      const said = rowsOf(name).map(({ id }) => pattern(id));
      expect(said.sort()).toEqual(idsOf(files));
    },
  );

  test('the root action: what its loop adds', () => {
    const own = idsOf(new Map([ROOT, NOT_RUN, GATE].map((path) => [path, codeOf(path)])));
    expect(rowsOf('The root action').map(({ id }) => pattern(id))).toEqual(own);
  });

  test('every row says what is asserted, when it has which status, and the fix', () => {
    const rows = [...Object.keys(ENTRIES), 'The root action'].flatMap(rowsOf);
    for (const { id, cells } of rows) {
      expect({ id, cells: cells.length, empty: cells.filter((cell) => cell === '') }).toEqual({
        id,
        cells: 4,
        empty: [],
      });
      const named = [...(cells[2] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, word]) => word);
      expect({ id, known: named.some((word) => STATUSES.some((status) => status === word)) }).toEqual({
        id,
        known: true,
      });
    }
  });
});
