/** The words and shapes that docs/style.md bans, wherever people read them: docs, messages, descriptions, comments. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The guide itself shows what it bans; what others wrote is theirs. */
const EXEMPT = /^(docs\/style\.md|scripts\/style\.ts|test\/fixtures\/|dist\/|.*\/generated\/)/;

interface Rule {
  readonly shape: RegExp;
  readonly instead: string;
}

const RULES: readonly Rule[] = [
  { shape: /(?<!['`])\b[Mm]end(s|ed|ing)?\b/, instead: 'fix' },
  { shape: /\bof no matter\b/, instead: 'say what happens: "is ignored"' },
  { shape: /\bbut for\b/, instead: 'except' },
  { shape: /\banew\b/, instead: 'again' },
  { shape: /\bnobody\b/i, instead: 'no one' },
  { shape: /\b(whereby|thereof|hereof|lest|albeit|whatsoever)\b/i, instead: 'a plain word' },
  { shape: /\bspoils? learning\b/, instead: 'name what is found' },
  { shape: /(?:^|[.;:] )Who [a-z]+s\b/, instead: '"If you …"' },
  {
    shape:
      /\bwhere (there (is|are|was|were)|it is (not|no)|that is (not|no)|none|nothing|no one|neither|one is)\b/,
    instead: '"if": "where" is for places',
  },
  {
    shape: /\b(pass|fail|warn|inconclusive|null|undefined|NaN|UserError|empty)`? where\b/,
    instead: '"if": "where" is for places',
  },
  // A sentence of one clause that begins with "If" says a place, not a condition: "If the state is kept."
  {
    shape:
      /\/\*\* If [^,:;—]+?(?:\. \*\/|[;:])|^'If (?!there )[^,]+?(?:\.'$|: `)|\bwhat, if and\b|@(?:returns|param \w+) if (?:the|they|a)\b(?!.*\b(?:given|true)\b)/,
    instead: '"where": "if" is for conditions',
  },
  {
    shape:
      /\b(?<!\b[Tt]here )(is|was|are|were) no (?!longer|more|less|better|larger|smaller|part|evidence|proof|need|room|one)[a-z]+/,
    instead: 'negate the verb: "is not a …"',
  },
];

/** Comments, texts and templates of a TypeScript file; the rest is code. */
const TEXTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;

/** Problems as `file:line: "shape" (instead)`. */
export function styleProblems(): string[] {
  const { stdout } = spawnSync('git', ['ls-files', '*.md', '*.ts', '*.yml'], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((path) => path !== '' && !EXEMPT.test(path))
    .flatMap((path) => {
      const content = readFileSync(path, 'utf8');
      return [...problemsOf(path, content), ...(path.endsWith('.md') ? longSentences(path, content) : [])];
    });
}

/** More words than this lose a reader; formulas of the statistics' page need more. */
const MOST_WORDS = 45;
const FORMULAS = 'docs/statistics.md';
/** Written by programs, or not prose: code, comments, headings, tables, quotes. */
const NOT_PROSE = /^```[\s\S]*?^\s*```|<!-- written by[\s\S]*?<!-- \/written -->|^[ \t]*[#|<>].*$/gm;

/** Sentences of prose with more than 45 words, code in backticks counting as one, as `file:line: words`. */
export function longSentences(path: string, content: string): string[] {
  if (path === FORMULAS) return [];
  const prose = content.replaceAll(NOT_PROSE, (text) => text.replaceAll(/[^\n]/g, ''));
  const paragraphs = prose.matchAll(/\S(?:(?!\n\s*(?:\n|[-*] |\d+\. ))[\s\S])*/g);
  return [...paragraphs].flatMap((paragraph) => {
    const sentences = paragraph[0].replaceAll(/`[^`]*`/g, 'code').split(/(?<=[.!?:;])\s+/);
    const line = prose.slice(0, paragraph.index).split('\n').length;
    return sentences
      .map((sentence) => sentence.split(/\s+/).filter((word) => /\w/.test(word)).length)
      .filter((words) => words > MOST_WORDS)
      .map((words) => `${path}:${line}: a sentence of ${words} words: at most ${MOST_WORDS}`);
  });
}

/** @param path tells code, of which only comments and texts are read, from prose. */
export function problemsOf(path: string, content: string): string[] {
  const parts = path.endsWith('.ts') ? [...content.matchAll(TEXTS)] : [...content.matchAll(/[^\n]+/g)];
  return parts.flatMap((part) =>
    RULES.flatMap(({ shape, instead }) => {
      const found = shape.exec(part[0]);
      if (found === null) return [];
      const line = content.slice(0, part.index + found.index).split('\n').length;
      return [`${path}:${line}: "${found[0].trim()}": ${instead}`];
    }),
  );
}
