import { describe, expect, test } from '@jest/globals';
import { Classes } from '../../../shared/read/classes.ts';

function indicesOf(listed: readonly string[], texts: readonly string[]): number[] {
  const classes = new Classes(listed);
  return texts.map((text) => classes.index(text));
}

describe('the class of a text', () => {
  test('is that of its value', () => {
    expect(indicesOf(['1', '2', '3'], ['1.', '2.0', '3e0', ' 1 ', '01', '4', 'true'])).toEqual([
      ...[0, 1, 2, 0, -1, -1, -1],
    ]);
    expect(indicesOf(['yes', 'no'], ['yes', 'no ', 'Yes', 'true', '1'])).toEqual([0, 1, -1, -1, -1]);
  });

  test.each([
    [['0', '1'], 0],
    [['1', '0'], 1],
    [['false', 'True'], 0],
    [['TRUE', 'false'], 1],
    [['1'], 0],
    [['false'], 0],
    [['true', '1', '0'], 1],
  ])('takes true for 1 and false for 0 among %j', (listed, no) => {
    const yes = 1 - no;
    const texts = ['0', 'false', 'False', '0.0', '1', 'true', 'TRUE', '1.', '2', 'yes', '-1'];
    expect(indicesOf(listed, texts)).toEqual([no, no, no, no, yes, yes, yes, yes, -1, -1, -1]);
  });

  test('of one of a pair brings the other, as the labels spell it', () => {
    expect(new Classes(['1']).names).toEqual(['0', '1']);
    expect(new Classes(['True']).names).toEqual(['false', 'true']);
    expect(new Classes(['-1.0']).names).toEqual(['-1', '1']);
    expect(new Classes(['no']).names).toEqual(['no']);
    expect(new Classes([]).names).toEqual([]);
  });

  test('tells a class that is alike', () => {
    const classes = new Classes(['yes', 'not spam', '01', 'café']);
    const texts = [
      'Yes',
      'YES ',
      'yes\u00a0',
      '"yes"',
      'Not_Spam',
      'not-spam',
      '1',
      'cafe\u0301',
      'ｙｅｓ',
      'ye',
    ];
    expect(texts.map((text) => classes.near(text))).toEqual([
      ...['yes', 'yes', 'yes', 'yes', 'not spam', 'not spam', '01', 'café', 'yes', undefined],
    ]);
    expect(new Classes(['1', '-1']).near('−1')).toBeUndefined();
    expect(new Classes(['yes', 'Yes', 'no', 'YES']).alike()).toEqual([
      ['yes', 'Yes'],
      ['yes', 'YES'],
    ]);
    expect(new Classes(['0', '1', '-1', '2.5', '25']).alike()).toEqual([]);
  });
});
