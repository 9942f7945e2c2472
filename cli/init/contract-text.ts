import { isCollection, parseDocument } from 'yaml';

const HEAD = [
  ' What a row must be. Proposed by `ml-loop init` from the data: read it, and correct it.',
  ' The ranges are wider than the data; say what you know to be true.',
].join('\n');

/** The contract that validate-data proposes, with the column that identifies a row as its key. */
export function contractText(proposed: string, id: string | undefined): string {
  const document = parseDocument(proposed);
  document.commentBefore = HEAD;
  if (id !== undefined) {
    document.setIn(['x-ml-loop', 'key'], document.createNode([id]));
    const key = document.getIn(['x-ml-loop', 'key'], true);
    if (isCollection(key)) key.flow = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
