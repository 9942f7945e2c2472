/** The workflows, from the templates of this checkout, with what a repository needs put in; all else stays as it is. */
import { isMap, isScalar, isSeq, type Pair, parseDocument, type Scalar, stringify, type YAMLMap } from 'yaml';
import type { Environment } from './environment.ts';

/** Inputs of the reusable workflows that `init` knows. */
export type WorkflowInputs = Environment & { readonly train?: string | undefined };

/** Names of these inputs: a template's own values of them are examples. */
const NAMES = ['python-version', 'requirements', 'install', 'container', 'lint', 'test', 'train'] as const;
const OURS = /\/\.github\/workflows\/ml-(ci|cd|ct)\.yml@/;

/** An entry of `with`. */
interface Item {
  readonly key: Scalar<string>;
  readonly value: Scalar;
}

/** A change of a text: what is put in place of a part. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** An action or a workflow of ours, with the version that it is used in. */
const USED = /(\buses: *ml-loop\/ml-loop[^\s@]*@)([^\s#]+)/;

/** The version of ml-loop that a workflow names, if it does. */
export function refIn(workflow: string): string | undefined {
  return USED.exec(workflow)?.[2];
}

/** The workflow with this version of ml-loop. */
export function withRef(workflow: string, ref: string): string {
  return workflow.replaceAll(new RegExp(USED, 'g'), (_, used: string) => used + ref);
}

/** The text of a template for a repository. */
export function workflowText(template: string, known: WorkflowInputs, branch: string | undefined): string {
  const document = parseDocument(template);
  const jobs = document.get('jobs');
  // A workflow that only watches trains nothing.
  const trains = ['push', 'pull_request', 'repository_dispatch'].some((event) =>
    document.hasIn(['on', event]),
  );
  const edits = (isMap(jobs) ? jobs.items : []).flatMap(({ value: job }) =>
    isMap(job) && OURS.test(String(job.get('uses') ?? '')) ? jobEdits(template, job, known, trains) : [],
  );
  const push = document.getIn(['on', 'push', 'branches']);
  const branches =
    branch === undefined || !isSeq(push)
      ? []
      : push.items.filter((item) => isScalar(item) && item.value === 'main');
  return edited(template, [
    ...edits,
    ...branches.map((item) => ({ ...spanOf(item), text: quoted(branch ?? '') })),
  ]);
}

function edited(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.from - a.from)
    .reduce((result, { from, to, text: put }) => result.slice(0, from) + put + result.slice(to), text);
}

function jobEdits(text: string, job: YAMLMap, known: WorkflowInputs, trains: boolean): Edit[] {
  const values = job.get('with', true);
  const map = isMap(values) ? values : undefined;
  const items = (map?.items ?? []) as unknown as Item[];
  const present = NAMES.filter((name) => map?.has(name));
  const removed = present.filter((name) => known[name] === undefined);
  const added = NAMES.filter((name) => trains && known[name] !== undefined && !present.includes(name));
  if (items.length > 0 && removed.length === items.length && added.length === 0)
    return [wholeWith(text, job)];
  const entries = added.map((name) => `${name}: ${quoted(known[name] ?? '')}`);
  if (map?.flow === true) return [inOneLine(text, items, known, entries)];
  const replaced = items.flatMap(({ key, value }) => {
    const wanted = wantedOf(key, known);
    return wanted === undefined || wanted === value.value ? [] : [{ ...spanOf(value), text: quoted(wanted) }];
  });
  const gone = items
    .filter(({ key }) => removed.some((name) => name === key.value))
    .map((item) => removal(text, item));
  return [
    ...replaced,
    ...gone,
    ...(entries.length === 0 ? [] : [addition(text, job, items[0]?.key, entries)]),
  ];
}

function wantedOf({ value }: Scalar<string>, known: WorkflowInputs): string | undefined {
  const name = NAMES.find((one) => one === value);
  return name === undefined ? undefined : known[name];
}

/** A map between braces is written again: its own entries as they are, ours with what is known. */
function inOneLine(
  text: string,
  items: readonly Item[],
  known: WorkflowInputs,
  entries: readonly string[],
): Edit {
  const kept = items.flatMap(({ key, value }) => {
    const wanted = wantedOf(key, known);
    const { from } = spanOf(key);
    if (wanted !== undefined) return [`${key.value}: ${quoted(wanted)}`];
    return NAMES.some((name) => name === key.value) ? [] : [text.slice(from, spanOf(value).to)];
  });
  const [first, last] = [spanOf(items[0]?.key).from, spanOf(items.at(-1)?.value).to];
  return { from: first, to: last, text: [...kept, ...entries].join(', ') };
}

function spanOf(node: unknown): { from: number; to: number } {
  const [from, to] = (node as Scalar).range ?? [0, 0];
  return { from, to };
}

/** In a map in one line a text must not hold what divides it. */
function quoted(value: string): string {
  return /[,[\]{}]/.test(value) ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trim();
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** An entry with its line. */
function removal(text: string, { key, value }: Item): Edit {
  return { from: lineStart(text, spanOf(key).from), to: lineEnd(text, spanOf(value).to), text: '' };
}

/** The entries of `with` and its own line. */
function wholeWith(text: string, job: YAMLMap): Edit {
  const pair = job.items.find(({ key }) => isScalar(key) && key.value === 'with') as Pair<Scalar, YAMLMap>;
  const last = pair.value?.items.at(-1)?.value;
  return { from: lineStart(text, spanOf(pair.key).from), to: lineEnd(text, spanOf(last).to), text: '' };
}

/** New entries stand before the first one; without `with`, after `uses`. */
function addition(text: string, job: YAMLMap, first: Scalar | undefined, entries: readonly string[]): Edit {
  if (first !== undefined) {
    const from = lineStart(text, spanOf(first).from);
    const indent = text.slice(from, spanOf(first).from);
    return { from, to: from, text: entries.map((entry) => `${indent}${entry}\n`).join('') };
  }
  const uses = job.items.find(({ key }) => isScalar(key) && key.value === 'uses') as Pair<Scalar, Scalar>;
  const start = spanOf(uses.key).from;
  const indent = text.slice(lineStart(text, start), start);
  const from = lineEnd(text, spanOf(uses.value).to);
  const lines = [`${indent}with:`, ...entries.map((entry) => `${indent}  ${entry}`)];
  return { from, to: from, text: lines.map((line) => `${line}\n`).join('') };
}
