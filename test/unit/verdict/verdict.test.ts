import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, digestOf, isDigest } from '../../../shared/verdict/digest.ts';
import {
  exitCode,
  isPassing,
  STATUSES,
  type Status,
  severity,
  worst,
} from '../../../shared/verdict/status.ts';
import { type Check, verdictOf } from '../../../shared/verdict/verdict.ts';

const status = fc.constantFrom(...STATUSES);
const check = (id: string, state: Status): Check => ({ id, status: state, message: id });
const parts = { action: 'validate-data', name: 'm', subjects: [], createdAt: new Date(0) };

describe('statuses', () => {
  test('the worst of several is at least as severe as each, and one of them', () => {
    fc.assert(
      fc.property(fc.array(status, { minLength: 1 }), (list) => {
        const found = worst(list);
        expect(list).toContain(found);
        for (const each of list) expect(severity(found)).toBeGreaterThanOrEqual(severity(each));
      }),
    );
  });

  test('nothing judged is inconclusive, and inconclusive does not pass', () => {
    expect(worst([])).toBe('inconclusive');
    expect(STATUSES.filter(isPassing)).toEqual(['pass', 'warn']);
  });

  test('fail-on decides the exit code', () => {
    expect(exitCode('inconclusive', 'fail')).toBe(0);
    expect(exitCode('inconclusive', 'inconclusive')).toBe(1);
    expect(exitCode('fail', 'never')).toBe(0);
    expect(exitCode('warn', 'warn')).toBe(1);
  });
});

describe('verdicts', () => {
  test('have their worst check’s status, and say how many', () => {
    const verdict = verdictOf({
      ...parts,
      checks: [check('a', 'pass'), check('b', 'fail'), check('c', 'warn')],
      scope: 'in 9 rows',
    });
    expect(verdict.status).toBe('fail');
    expect(verdict.summary).toBe('1 of 3 checks failed, 1 with a warning, in 9 rows');
    expect(verdict.checks.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  });

  test('without a check are inconclusive', () => {
    expect(verdictOf({ ...parts, checks: [] })).toMatchObject({
      status: 'inconclusive',
      summary: 'nothing was checked',
    });
  });
});

describe('digests', () => {
  const file = { path: 'a', size: 1, sha256: '0'.repeat(64) };

  test('do not depend on the order of the files, and sort paths by their bytes', () => {
    const other = { ...file, path: 'é' };
    const third = { ...file, path: 'z' };
    expect(digestOf([third, other, file])).toBe(digestOf([file, third, other]));
    expect(isDigest(digestOf([file]))).toBe(true);
  });

  test('are those of RFC 8785 JSON', () => {
    expect(canonicalJson({ b: 1e21, a: '\u20ac' })).toBe('{"a":"€","b":1e+21}');
    // printf '[{"path":"a","sha256":"64 zeros","size":1}]' | sha256sum
    expect(digestOf([file])).toBe('sha256:38de17631a3aa86cb706eeb18645a986a02d8caf87405236ab6f952b7db48c1d');
  });
});
