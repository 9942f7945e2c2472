/** The workflows, from the templates of this checkout, with what a repository needs put in. */
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { Environment } from './environment.ts';

/** Inputs of the reusable workflows that `init` knows. */
export type Known = Environment & { readonly train?: string | undefined };

/** Names of these inputs: a template's own values of them are examples. */
const NAMES = ['python-version', 'requirements', 'install', 'container', 'lint', 'test', 'train'] as const;
const OURS = /\/\.github\/workflows\/ml-(ci|cd|ct)\.yml@/;

/** The text of a template for a repository. */
export function workflowText(template: string, known: Known, branch: string | undefined): string {
  const document = parseDocument(template);
  const jobs = document.get('jobs');
  let changed = false;
  for (const { value: job } of isMap(jobs) ? jobs.items : []) {
    if (!isMap(job) || !OURS.test(String(job.get('uses') ?? ''))) continue;
    changed = putInto(document, job, known) || changed;
  }
  if (branch !== undefined && branch !== 'main') changed = renameBranch(document, branch) || changed;
  return changed ? document.toString({ lineWidth: 0 }) : template;
}

function putInto(document: Document, job: YAMLMap, known: Known): boolean {
  let values = job.get('with');
  let changed = false;
  for (const name of NAMES) {
    const value = known[name];
    if (value === undefined) {
      if (isMap(values) && values.delete(name)) changed = true;
      continue;
    }
    if (!isMap(values)) {
      values = document.createNode({});
      job.set('with', values);
    }
    const map = values as YAMLMap;
    const old = map.get(name, true);
    if (isScalar(old)) {
      if (old.value === value) continue;
      old.value = value;
      old.source = undefined as never;
    } else map.set(name, quoted(document, value));
    changed = true;
  }
  if (isMap(values) && values.items.length === 0) job.delete('with');
  return changed;
}

/** A version such as 3.10 must stay a text. */
function quoted(document: Document, value: string) {
  return document.createNode(value);
}

function renameBranch(document: Document, branch: string): boolean {
  const push = document.getIn(['on', 'push', 'branches']);
  if (!isSeq(push)) return false;
  for (const item of push.items) if (isScalar(item) && item.value === 'main') item.value = branch;
  return true;
}
