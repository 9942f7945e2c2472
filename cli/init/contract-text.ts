import { type Document, isCollection, parseDocument } from 'yaml';
import type { ColumnGuesses } from './columns.ts';

const HEAD = [
  ' What a row must be. Proposed by `ml-loop init` from the data: read it, and correct it.',
  ' The ranges are wider than the data; say what you know to be true.',
].join('\n');

/**
 * The contract that validate-data proposes, with the column that identifies a row as its key. Ids and times go on: they
 * have no range, and that they change is not drift.
 */
export function contractText(proposed: string, { id, timestamp }: ColumnGuesses): string {
  const document = parseDocument(proposed);
  document.commentBefore = HEAD;
  if (id !== undefined) {
    for (const bound of ['minimum', 'maximum']) document.deleteIn(['properties', id, bound]);
    put(document, ['x-ml-loop', 'key'], [id]);
  }
  for (const column of new Set([id, timestamp])) {
    if (column !== undefined && document.hasIn(['properties', column]))
      put(document, ['properties', column, 'x-ml-loop'], { drift: false });
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function put(document: Document, path: readonly string[], value: unknown): void {
  const node = document.createNode(value);
  if (isCollection(node)) node.flow = true;
  document.setIn(path, node);
}
