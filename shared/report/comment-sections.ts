/**
 * What the comment on a pull request carries of each stage. A comment has no other memory than its own text, so each
 * section is preceded by a hidden line with its facts, and the jobs of a run read them there to keep each other's.
 */
import { STATUSES, type Status } from '../verdict/status.ts';
import { clip } from './format.ts';
import { plain } from './markdown.ts';
import {
  answerLine,
  type Conclusion,
  conclusionOf,
  type StageReport,
  statusOf,
  toldKey,
  toldTitle,
} from './told.ts';

/** Begins the comment; only one with a line that begins so, by a bot or the token's own user, is ours. */
export const COMMENT_MARKER = '<!-- ml-loop:comment -->';
const SECTION = /<!-- ml-loop:stage ([A-Za-z0-9_-]+) -->\n([\s\S]*?)\n?<!-- ml-loop:end -->/g;

const TEXT = 400;

/** Which run wrote a section: a later run, or a later attempt of it, replaces it. */
export interface RunOrder {
  readonly id: number;
  readonly attempt: number;
}

export interface Facts {
  readonly key: string;
  readonly title: string;
  readonly status: Status | 'error';
  readonly conclusion: Conclusion;
  readonly observed: boolean;
  /** Plain text, as is `fix`, which may be empty. */
  readonly answer: string;
  readonly fix: string;
  /** The head of the pull request that was judged. */
  readonly commit: string;
  readonly run: RunOrder;
  /** At the commit that was judged before this one. */
  readonly before?: { readonly status: Status | 'error'; readonly commit: string };
}

export interface Section extends Facts {
  /** Markdown; empty if there is no room for it. */
  readonly body: string;
}

/** @param body what the comment says of the stage, as Markdown. */
export function sectionOf(told: StageReport, at: Pick<Facts, 'commit' | 'run'>, body: string): Section {
  const worst = (told.verdict?.checks ?? []).filter(({ status }) => status === told.verdict?.status);
  const fix = told.verdict?.status === 'pass' ? undefined : worst.find((check) => check.fix)?.fix;
  return {
    key: toldKey(told),
    title: clip(toldTitle(told), TEXT),
    status: statusOf(told),
    conclusion: conclusionOf(told),
    observed: told.observed,
    answer: clip(answerLine(told), TEXT),
    fix: clip(plain(fix ?? ''), TEXT),
    ...at,
    body,
  };
}

/** A section as it stands in the comment. */
export function sectionMarkdown({ body, ...facts }: Section): string {
  const hidden = Buffer.from(JSON.stringify(facts)).toString('base64url');
  // Texts of others are escaped in the body, so that it cannot hold a comment of HTML; this makes sure of it.
  return `<!-- ml-loop:stage ${hidden} -->\n${body.replaceAll('<!--', '&lt;!--').trim()}\n<!-- ml-loop:end -->`;
}

/** The sections that can be read; what a person has made unreadable is left out. */
export function commentSections(comment: string): Section[] {
  const text = comment.replaceAll('\r\n', '\n');
  return [...text.matchAll(SECTION)].flatMap(([, hidden = '', body = '']) => {
    const facts = factsIn(hidden);
    return facts === undefined ? [] : [{ ...facts, body }];
  });
}

function factsIn(hidden: string): Facts | undefined {
  try {
    const facts = JSON.parse(Buffer.from(hidden, 'base64url').toString('utf8')) as Facts;
    return isFacts(facts) ? facts : undefined;
  } catch {
    return undefined;
  }
}

const KNOWN: readonly unknown[] = [...STATUSES, 'error'];
const CONCLUSIONS: readonly unknown[] = ['success', 'failure', 'neutral'];

/** Whoever may edit a comment may have written it. */
function isFacts(facts: Facts): boolean {
  const { key, title, answer, fix, commit, run, before } = facts;
  return (
    [key, title, answer, fix].every((text) => typeof text === 'string') &&
    KNOWN.includes(facts.status) &&
    CONCLUSIONS.includes(facts.conclusion) &&
    typeof facts.observed === 'boolean' &&
    isCommit(commit) &&
    Number.isSafeInteger(run?.id) &&
    Number.isSafeInteger(run?.attempt) &&
    (before === undefined || (KNOWN.includes(before?.status) && isCommit(before?.commit)))
  );
}

function isCommit(text: unknown): boolean {
  return typeof text === 'string' && /^[0-9a-f]{40,64}$/.test(text);
}

function isLater(a: RunOrder, b: RunOrder): boolean {
  return a.id > b.id || (a.id === b.id && a.attempt > b.attempt);
}

/**
 * The sections of the comment after this run.
 *
 * @param isWhole the run has told of every stage there is: sections of others go, unless a later run wrote them.
 */
export function mergedSections(
  present: readonly Section[],
  mine: readonly Section[],
  isWhole: boolean,
): Section[] {
  const known = new Map<string, Section>();
  for (const section of present) {
    const other = known.get(section.key);
    if (other === undefined || isLater(section.run, other.run)) known.set(section.key, section);
  }
  const run = mine[0]?.run;
  const keys = mine.map(({ key }) => key);
  const others = [...known.values()].filter(
    (section) => !keys.includes(section.key) && !(isWhole && run !== undefined && !isLater(section.run, run)),
  );
  const own = mine.map((section) => following(section, known.get(section.key)));
  return [...others, ...own].sort((a, b) => rank(a) - rank(b) || (a.title < b.title ? -1 : 1));
}

/** A section in the place of another one: what that said is told if it was about another commit. */
function following(section: Section, old: Section | undefined): Section {
  if (old === undefined) return section;
  if (isLater(old.run, section.run)) return old;
  const before = old.commit === section.commit ? old.before : { status: old.status, commit: old.commit };
  return before === undefined ? section : { ...section, before };
}

/** Did it pass? A warning that fails the job did not. */
export function isFine({ status, conclusion }: Facts): boolean {
  return conclusion !== 'failure' && (status === 'pass' || status === 'warn');
}

const ORDER: readonly (Status | 'error')[] = ['error', 'fail', 'inconclusive', 'warn', 'pass'];

/** What stops the pull request comes first, then what did not pass, then the rest. */
function rank(section: Facts): number {
  const group = section.conclusion === 'failure' ? 0 : isFine(section) ? 2 : 1;
  return group * ORDER.length + ORDER.indexOf(section.status);
}
