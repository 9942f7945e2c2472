import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { grouped } from '../../../shared/problem/numbers.ts';
import { formatNumber } from '../../../shared/report/format.ts';

test('thousands stand apart from five digits on, in messages as in reports', () => {
  const whole = [0, 7, 999, 3000, 9999, 10_000, 45_312, 1_234_567, -45_312];
  expect(whole.map(grouped)).toEqual([
    ...['0', '7', '999', '3000', '9999', '10\u202f000', '45\u202f312', '1\u202f234\u202f567', '-45\u202f312'],
  ]);
  expect(whole.map(formatNumber)).toEqual(whole.map((value) => grouped(value).replace('-', '−')));
});

describe('no message writes a count in another way', () => {
  const files = ['shared', 'actions', 'cli'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
  // Faults of a Parquet file's insides are for whoever repairs its writer.
  const told = files.filter((file) => !/parquet|\/generated\/|shared\/(profile\/file|registry)/.test(file));

  test('of rows, requests or predictions', () => {
    const bare =
      /\$\{[^}()]*\} (current |labelled |judged |further )?(rows|requests|predictions|places|features)\b(?!\.)/;
    const found = told.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => bare.test(line) && !/^\s*(\*|\/\/)|RangeError/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  test('by the language of the machine', () => {
    expect(told.filter((file) => /toLocale(String|Date)|Intl\./.test(readFileSync(file, 'utf8')))).toEqual(
      [],
    );
  });
});
