import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { gateProblems } from '../../../scripts/ci-gate.ts';

const workflow = readFileSync('.github/workflows/ci.yml', 'utf8');
const gate = readFileSync('.ci/run', 'utf8');

test('the gate of this repository is complete', () => {
  expect(gateProblems(workflow, gate)).toEqual([]);
});

test('a job that the gate does not need is found', () => {
  expect(gateProblems(workflow.replace('needs: [tests, ', 'needs: ['), gate)).toEqual([
    'the job `gate` does not need `tests`',
  ]);
});

test('a gate that may be skipped, or does not compare, is found', () => {
  expect(gateProblems(workflow.replace('if: always() # a job', '# a job'), gate)[0]).toContain('always()');
  expect(gateProblems(workflow.replace('= success ]', '!= failure ]'), gate)[0]).toContain(
    'does not compare',
  );
  expect(gateProblems(workflow.replace(/^ {2}gate:/m, '  last:'), gate)).toEqual([
    'ci.yml has no job `gate`',
  ]);
});

test('a command of .ci/run that no job runs is found', () => {
  expect(gateProblems(workflow.replace('- run: npm run check', '- run: echo'), gate)).toEqual([
    'no job runs `npm run check`, which .ci/run does',
  ]);
});
