import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { isScalar, parse, parseDocument, visit } from 'yaml';
import { rewritten, targetOf, workflows } from '../../../scripts/workflows/rewrite.ts';

/** All `uses:` of a workflow. */
function usesOf(text: string): string[] {
  const found: string[] = [];
  visit(parseDocument(text), {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'uses' && isScalar(value)) found.push(String(value.value));
    },
  });
  return found;
}

describe('rewrite', () => {
  test.each([
    ['uses: $/actions/setup', 'uses: ./actions/setup', 'uses: acme/loop/actions/setup@v1'],
    [
      '  - uses: "$/actions/setup" # why',
      '  - uses: ./actions/setup # why',
      '  - uses: acme/loop/actions/setup@v1 # why',
    ],
    ['uses: ml-loop/ml-loop@v0', 'uses: ./', 'uses: acme/loop@v1'],
    [
      'uses: ml-loop/ml-loop/.github/workflows/ml-ci.yml@v0 # line',
      'uses: ./.github/workflows/ml-ci.yml # line',
      'uses: acme/loop/.github/workflows/ml-ci.yml@v1 # line',
    ],
    ['uses: actions/checkout@v6', 'uses: actions/checkout@v6', 'uses: actions/checkout@v6'],
    ['uses: ./.github/ml-loop/setup', 'uses: ./.github/ml-loop/setup', 'uses: ./.github/ml-loop/setup'],
    ['uses: ml-loop/ml-loop-demo@v0', 'uses: ml-loop/ml-loop-demo@v0', 'uses: ml-loop/ml-loop-demo@v0'],
    ['run: echo "uses: $/x"', 'run: echo "uses: $/x"', 'run: echo "uses: $/x"'],
  ])('%s', (line, checkedOut, elsewhere) => {
    expect(rewritten(line, targetOf('./'))).toBe(checkedOut);
    expect(rewritten(line, targetOf('acme/loop@v1'))).toBe(elsewhere);
  });

  test('takes out `queue:`, which other runners do not know', () => {
    const text = 'concurrency:\n  group: a\n  queue: max # all wait\n  cancel-in-progress: false\n';
    expect(rewritten(text, targetOf('./'))).toBe('concurrency:\n  group: a\n  cancel-in-progress: false\n');
  });

  test.each(['', '/', 'acme/loop', 'acme@v1', '../', 'acme/loop@v 1'])('refuses --to %p', (to) => {
    expect(() => targetOf(to)).toThrow(/OWNER\/REPO@REF/);
  });

  test('says so without a stack, and writes nothing', () => {
    const run = spawnSync(process.execPath, ['scripts/workflows/rewrite.ts', '--to', 'acme', 'out'], {
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toBe('--to acme: write ./ or OWNER/REPO@REF, such as acme/ml-loop@v0\n');
  });

  test.each(workflows())('leaves nothing behind in %s, and changes nothing else', (path) => {
    const before = readFileSync(path, 'utf8');
    const after = rewritten(before, targetOf('acme/loop@v1'));
    expect(usesOf(before).length).toBeGreaterThan(0);
    expect(usesOf(after).length).toBe(usesOf(before).length);
    for (const uses of usesOf(after)) expect(uses).not.toMatch(/^\$\/|^ml-loop\/ml-loop[/@]/);
    expect(Object.keys(parse(after) as object)).toEqual(Object.keys(parse(before) as object));
  });
});
