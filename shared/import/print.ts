import { Document, isCollection, isMap, isSeq } from 'yaml';
import { FORMAT_NAMES } from './format.ts';
import type { ImportedContract } from './types.ts';

/** The imported contract as YAML for a person to read and adopt. */
export function printImported(
  { contract, format, notCarried, dialect = {} }: ImportedContract,
  source: string,
): string {
  const document = new Document(contract, { aliasDuplicateObjects: false });
  const lost = notCarried.map(({ what, where }) => ` - ${where}: ${what}`.replaceAll(/[\r\n]+/g, ' '));
  const said = Object.keys(dialect);
  document.commentBefore = [
    ` Imported by validate-data from ${source}, ${FORMAT_NAMES[format]}. To keep it, put it beside that file,`,
    ' for files that it names are relative to it, and give it as `contract`.',
    ...(said.length === 0
      ? []
      : [` What that file says of how the data are written is not part of it: ${said.join(', ')}.`]),
    ...(lost.length === 0 ? [] : [' Not carried over:', ...lost]),
  ].join('\n');
  // One line a column or a rule, as a person would write them.
  for (const name of ['properties', 'x-ml-loop']) {
    const map = document.get(name);
    for (const { value } of isMap(map) ? map.items : []) {
      if (isSeq(value) && value.items.some(isMap)) {
        for (const item of value.items) if (isCollection(item)) item.flow = true;
      } else if (isCollection(value)) value.flow = true;
    }
  }
  const required = document.get('required');
  if (isCollection(required)) required.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
