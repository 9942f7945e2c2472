import { grouped } from '../problem/numbers.ts';
import { type Status, severity, worst } from './status.ts';
import { TOOL } from './tool.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const SUBJECT_ROLES = [
  'data',
  'reference',
  'model',
  'candidate',
  'production',
  'anchor',
  'image',
  'predictions',
] as const;
export type SubjectRole = (typeof SUBJECT_ROLES)[number];

/** The roles in which a verdict judges a model's bytes; in others they are only compared with. */
const JUDGED_ROLES: readonly SubjectRole[] = ['model', 'candidate'];

/** In which state files were at their addresses. */
export interface StoreStates {
  /** `state`: the digest is over the names of their states instead of their bytes, which were not all read. */
  readonly digestOf: 'bytes' | 'state';
  /** At most 100; a state is such as `etag="…"`, and null if nothing names it. */
  readonly files: readonly { readonly address: string; readonly state: string | null }[];
  /** How many files there are beyond these. */
  readonly more?: number;
}

/** What was judged, by the digest of its bytes. */
export interface Subject {
  readonly role: SubjectRole;
  readonly name: string;
  /** `sha256:` and 64 hexadecimal digits; see `digestOf`. */
  readonly digest: string;
  readonly rows?: number;
  /** Only of files that are not on the machine that judged. */
  readonly stored?: StoreStates;
}

/** The identity of what was judged, as a subject has it. */
export function subjectIdentity({
  digest,
  stored,
}: {
  readonly digest: string;
  readonly stored?: StoreStates | undefined;
}): Pick<Subject, 'digest' | 'stored'> {
  return { digest, ...(stored === undefined ? {} : { stored }) };
}

/** Statistical evidence of a check. */
export interface Evidence {
  readonly method?: string;
  readonly estimate?: number;
  readonly interval?: readonly [number | null, number | null];
  readonly level?: number;
  readonly margin?: number;
  /** What a condition or a requirement asks of the estimate, on its own scale. */
  readonly threshold?: number;
  readonly n?: number;
  /** Rows that would decide. */
  readonly needed?: number;
  /** `bound`: the action itself made the predictions; `declared`: the user supplied them. */
  readonly binding?: 'bound' | 'declared';
}

/** Where in the data: `line` is the physical line (from 1) on which the record starts, `column` the field (from 1). */
export interface Location {
  readonly file: string;
  /** The physical line, from 1; in Parquet the row of the file. */
  readonly line?: number;
  /** In Parquet, from 0. */
  readonly rowGroup?: number;
  readonly column?: number;
  /** The cell's value, only with `samples: show`. */
  readonly value?: string;
}

/** A model that a candidate was compared with. */
export interface Baseline {
  /** `model:demand@1.2.0`, or a path. */
  readonly name: string;
  /** The digest of its bytes; null if predictions or numbers were supplied and nothing says which version made them. */
  readonly digest: string | null;
}

/** What a candidate was compared with; null in a role: with nothing. */
export interface ComparedSubjects {
  /** `bound`: the action made all predictions itself; `declared`: they were supplied, and so is what they are said to be of. */
  readonly binding: 'bound' | 'declared';
  readonly production: Baseline | null;
  readonly anchor: Baseline | null;
}

export interface Check {
  /** Stable, dotted; all are in docs/checks.md. */
  readonly id: string;
  readonly target?: { readonly column?: string; readonly slice?: string; readonly metric?: string };
  readonly status: Status;
  readonly observed?: Json;
  readonly expected?: Json;
  readonly message: string;
  readonly evidence?: Evidence;
  readonly locations?: readonly Location[];
  /** How many places there are in all, when more than `locations` holds. */
  readonly places?: number;
  /** The smallest change of the contract or configuration that would accept what was found. */
  readonly fix?: string;
}

/** Where a verdict was made; what is not known there is left out. */
export interface VerdictSource {
  /** The address of the repository. */
  readonly repository?: string;
  /** The commit that was checked; on a pull request the head of its branch. */
  readonly commit?: string;
  readonly pullRequest?: number;
  /** The address of the workflow run. */
  readonly run?: string;
  readonly configurationFile?: string;
}

/** The one result of an action; reports, outputs, exit codes and later gates are functions of it. */
export interface Verdict {
  readonly schema: 'ml-loop/verdict@1';
  readonly action: string;
  readonly name: string;
  readonly status: Status;
  readonly summary: string;
  readonly subjects: readonly Subject[];
  /** Of validate-model always; null if it judged no model. */
  readonly compared?: ComparedSubjects | null;
  readonly checks: readonly Check[];
  readonly measures: JsonObject;
  readonly configuration: JsonObject;
  /** Put in by whoever ran the action. */
  readonly source?: VerdictSource;
  readonly tool: { readonly name: string; readonly version: string };
  readonly createdAt: string;
}

export interface VerdictParts {
  readonly action: string;
  readonly name: string;
  readonly subjects: readonly Subject[];
  readonly compared?: ComparedSubjects | null | undefined;
  readonly checks: readonly Check[];
  readonly measures?: JsonObject;
  readonly configuration?: JsonObject;
  readonly createdAt: Date;
  /** What was looked at, as the tail of the summary: "in 45 312 rows". */
  readonly scope?: string;
  /** The answer, which stands before the composed summary: "better: mae 16.2 against 20.3". */
  readonly headline?: string | undefined;
  /** Replaces the composed summary. */
  readonly summary?: string;
}

/** Puts a verdict together: its status is its worst check's, its checks are sorted, most severe first. */
export function verdictOf(parts: VerdictParts): Verdict {
  const checks = [...parts.checks].sort((a, b) => severity(b.status) - severity(a.status));
  return {
    schema: 'ml-loop/verdict@1',
    action: parts.action,
    name: parts.name,
    status: worst(checks.map((check) => check.status)),
    summary: parts.summary ?? [parts.headline, summaryOf(checks, parts.scope)].filter(Boolean).join('; '),
    subjects: parts.subjects,
    ...(parts.compared === undefined ? {} : { compared: parts.compared }),
    checks,
    measures: parts.measures ?? {},
    configuration: parts.configuration ?? {},
    tool: TOOL,
    createdAt: parts.createdAt.toISOString(),
  };
}

/** The verdict with more checks, which its summary names by their ids. */
export function withChecks(verdict: Verdict, more: readonly Check[]): Verdict {
  if (more.length === 0) return verdict;
  const checks = [...verdict.checks, ...more].sort((a, b) => severity(b.status) - severity(a.status));
  const summary = [verdict.summary, ...more.map(({ id }) => id)].join('; ');
  return { ...verdict, checks, summary, status: worst(checks.map(({ status }) => status)) };
}

/** "2 of 41 checks failed, 1 inconclusive, in 45 312 rows". */
function summaryOf(checks: readonly Check[], scope = ''): string {
  const tail = scope === '' ? '' : ` ${scope}`;
  if (checks.length === 0) return `nothing was checked${tail}`;
  const noun = checks.length === 1 ? 'check' : 'checks';
  const words = { fail: 'failed', inconclusive: 'inconclusive', warn: 'with a warning' } as const;
  const [first, ...rest] = (['fail', 'inconclusive', 'warn'] as const).flatMap((status) => {
    const count = checks.filter((check) => check.status === status).length;
    return count === 0 ? [] : [{ count, word: words[status] }];
  });
  if (first === undefined) return `${grouped(checks.length)} ${noun} passed${tail}`;
  const others = rest.map(({ count, word }) => `, ${grouped(count)} ${word}`).join('');
  const comma = others === '' || tail === '' ? '' : ',';
  return `${grouped(first.count)} of ${grouped(checks.length)} ${noun} ${first.word}${others}${comma}${tail}`;
}

/** The text of a verdict's file. */
export function verdictText(verdict: Verdict): string {
  return `${JSON.stringify(verdict, null, 2)}\n`;
}

/**
 * The verdict without cell values. One that was made with `samples: hide` holds none; of any other, everything that may
 * hold some is left out, and what was judged, how, where and with what result stays.
 */
export function withoutValues(verdict: Verdict): Verdict {
  if (verdict.configuration.samples === 'hide') return verdict;
  const checks = verdict.checks.map(({ id, status, target, evidence, locations, places }) => ({
    id,
    status,
    message: 'left out, because the verdict was made with samples: show',
    ...(target === undefined ? {} : { target }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(locations === undefined ? {} : { locations: locations.map(({ value: _, ...location }) => location) }),
    ...(places === undefined ? {} : { places }),
  }));
  return { ...verdict, checks, measures: {} };
}

/** The digests of the models that a verdict judges, each once. */
export function judgedDigests({ subjects }: Pick<Verdict, 'subjects'>): string[] {
  return [...new Set(subjects.filter(({ role }) => JUDGED_ROLES.includes(role)).map(({ digest }) => digest))];
}

/** How many checks have the status `fail`. */
export function failedChecks(verdict: Verdict): number {
  return verdict.checks.filter((check) => check.status === 'fail').length;
}

/** Was it made with `mode: observe`, so that it fails no job? It opens no later gate either. */
export function isObserved({ configuration }: Pick<Verdict, 'configuration'>): boolean {
  return configuration.mode === 'observe';
}
