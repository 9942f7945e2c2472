import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeMarkdown, escapeMarkdown, plain, tableMarkdown } from '../../../shared/report/markdown.ts';

/** What a reader sees: references read, zero-width spaces gone. */
function seen(markdown: string): string {
  return markdown.replace(/&#(\d+);/g, (_, code: string) =>
    code === '8203' ? '' : String.fromCodePoint(Number(code)),
  );
}

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '|',
        '\\',
        '`',
        '<b>',
        '<!--',
        '](http://x)',
        '![i](u)',
        '@octocat',
        '#12',
        '\n',
        '\r\n',
        '*',
        '_',
      ),
      fc.constantFrom(
        'www.x.com',
        'https://x.y',
        'a@b.c',
        ':smile:',
        'GH-1',
        '~~',
        '1. ',
        '- ',
        '# ',
        '&lt;',
        '\u202e',
        '\u0007',
      ),
      fc.string(),
    ),
  )
  .map((parts) => parts.join(''));

describe('text from data', () => {
  test('cannot end a cell or a line, nor format, link or embed anything', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped.replace(/&#\d+;/g, '')).not.toMatch(/[\\`*_{}[\]<>&|~!$\n\r]/);
        expect(escaped).not.toMatch(/^([-+#=:]|\d+[.)](\s|$))/);
        expect(escaped).not.toMatch(/@\w|:\/\/|\bwww\.|\bGH-\d|(?<!&)#\d/i);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('is still read as it was written', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const clean = plain(text).replaceAll('\u200b', '');
        expect(seen(escapeMarkdown(text)).replaceAll('\u200b', '')).toBe(clean);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  test('mentions no one and refers to no issue', () => {
    expect(escapeMarkdown('ask @octocat about #12')).toBe('ask @&#8203;octocat about #&#8203;12');
  });

  test('leaves decimals and names readable', () => {
    expect(escapeMarkdown('0.21 of temp, up 3.5 %')).toBe('0.21 of temp, up 3.5 %');
  });

  test('cannot steer a terminal or turn the direction of writing', () => {
    expect(plain('a\u001b[31mb\u202ec\td')).toBe('a\ufffd[31mb\ufffdc d');
  });
});

describe('names as code', () => {
  test('are a code span if they are harmless', () => {
    expect(codeMarkdown('data/train.csv:3-7, 12')).toBe('`data/train.csv:3-7, 12`');
  });

  test('are escaped HTML if a code span could be left', () => {
    expect(codeMarkdown('a`|b')).toBe('<code>a&#96;&#124;b</code>');
    expect(codeMarkdown('</code><img src=x>')).toBe('<code>&#60;/code&#62;&#60;img src=x&#62;</code>');
  });

  test('of nothing are nothing', () => {
    expect(codeMarkdown('')).toBe('');
  });
});

test('a table has a line for each row', () => {
  expect(tableMarkdown(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |');
});
