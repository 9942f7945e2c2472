import { describe, expect, test } from '@jest/globals';
import { longSentences, problemsOf } from '../../../scripts/style.ts';

const words = (n: number) => Array.from({ length: n }, () => 'word').join(' ');

describe('sentences of prose', () => {
  test('of more than 45 words are told, with the line of their paragraph', () => {
    expect(longSentences('a.md', `# Title\n\nShort.\n\n- One.\n- Two: ${words(46)}.\n`)).toEqual([
      'a.md:6: a sentence of 46 words: at most 45',
    ]);
  });

  test('may have 45 words; code counts as one word, and a paragraph may be longer', () => {
    const text = `${words(45)}. ${words(44)} \`a b c\`.\n${words(30)}.`;
    expect(longSentences('a.md', text)).toEqual([]);
  });

  test('are not code, tables, or what programs write', () => {
    const long = words(60);
    const text = `\`\`\`sh\n${long}\n\`\`\`\n\n| ${long} |\n  | ${long} |\n\n<!-- written by x -->\n${long}\n<!-- /written -->\n`;
    expect(longSentences('a.md', text)).toEqual([]);
  });
});

test('banned words are told, with their line', () => {
  const banned = ['men', 'd'].join(''); // in parts, because the check reads this file, too
  expect(problemsOf('a.md', `Fine.\nNo one can ${banned} it.\n`)).toEqual([`a.md:2: "${banned}": fix`]);
});
