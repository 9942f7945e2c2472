import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { commentPicture, wordsOf } from '../../../scripts/pictures/draw.ts';
import { HOSTILE, wellFormed } from '../report/hostile.ts';

const FOLDER = 'docs/pictures';
const LARGEST_BYTES = 40_000;

test.each(readdirSync(FOLDER))('%s is a small picture that loads nothing', (file) => {
  const svg = readFileSync(`${FOLDER}/${file}`, 'utf8');
  expect(Buffer.byteLength(svg)).toBeLessThan(LARGEST_BYTES);
  expect(wellFormed(svg.replace(/<path [^>]*\/>/g, ''))).toBe(true);
  expect(svg).not.toMatch(/<(script|image|foreignObject)|href=/);
  expect(svg).toContain('The candidate is worse than production');
});

test('shows Markdown as its reader sees it', () => {
  expect(wordsOf('**a** `b` [c](http://x) <!-- d -->&#60;e&#62;&nbsp;f<br>g')).toBe('a b c <e> f · g');
});

test('what is in a comment stays text', () => {
  const svg = commentPicture(`**x** ${HOSTILE}\n\n| a |\n| --- |\n| ${HOSTILE} |`, [
    { name: HOSTILE, conclusion: 'failure' },
  ]);
  expect(svg).not.toMatch(/<(script|img)/);
});
