/** Where a version comes from (`schemas/provenance.schema.json`), as tables. */
import type { Json, JsonObject } from '../verdict/verdict.ts';
import { clip, count, formatNumber } from './format.ts';
import { isJsonObject, leaves, records } from './json.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';
import { sourceMarkdown } from './source.ts';

const TEXT = 300;

/** Markdown; empty if nothing is known, or no rows are asked for. @param rows of training data, lock files and parameters each. */
export function provenanceMarkdown(provenance: Json | undefined, rows: number): string {
  if (!isJsonObject(provenance) || rows === 0) return '';
  const facts = [...factsOf(provenance), ...dataRows(provenance, rows), ...environmentRows(provenance, rows)];
  const tables = [
    facts.length === 0 ? '' : `${tableMarkdown(['Comes from', ''], facts)}\n`,
    parameterTable(provenance, rows),
  ];
  return tables.filter((part) => part !== '').join('\n');
}

function factsOf({ repository, commit, run, parent }: JsonObject): string[][] {
  const known = Object.entries({ repository, commit, run }).filter(([, value]) => typeof value === 'string');
  const source = sourceMarkdown(Object.fromEntries(known)).trim();
  return [
    ...(source === '' ? [] : [['Registered from', source]]),
    ...(isJsonObject(parent)
      ? [
          [
            'Parent',
            `${code(parent.version)} (${parent.from === 'input' ? 'as given' : 'it was compared with it'})`,
          ],
        ]
      : []),
  ];
}

function dataRows({ trainingData }: JsonObject, rows: number): string[][] {
  return limited(records(trainingData), rows, 'data set', ({ name, digest, rows: length, from, verdict }) => [
    'Training data',
    [
      code(name),
      code(digest),
      typeof length === 'number' ? `${formatNumber(length)} rows` : '',
      from === 'training-data' ? 'as given' : `by ${code(from)}`,
      typeof verdict === 'string' && verdict !== from ? `judged in ${code(verdict)}` : '',
    ]
      .filter((part) => part !== '')
      .join(', '),
  ]);
}

function environmentRows({ environment }: JsonObject, rows: number): string[][] {
  return limited(records(environment), rows, 'lock file', ({ file, digest }) => [
    'Environment',
    `${code(file)}, ${code(digest)}`,
  ]);
}

function parameterTable({ parameters }: JsonObject, rows: number): string {
  const all = isJsonObject(parameters) ? leaves(parameters) : [];
  if (all.length === 0) return '';
  const lines = limited(all, rows, 'parameter', ([name, value]) => [
    code(name),
    escapeMarkdown(clip(typeof value === 'string' ? value : JSON.stringify(value), TEXT)),
  ]);
  return `${tableMarkdown(['Parameter', 'Value'], lines)}\n`;
}

/** The first of them, and a row that says how many more there are. */
function limited<T>(all: readonly T[], rows: number, noun: string, row: (item: T) => string[]): string[][] {
  const more = all.length - rows;
  return [...all.slice(0, rows).map(row), ...(more > 0 ? [[`and ${count(more, `more ${noun}`)}`, '']] : [])];
}

function code(value: Json | undefined): string {
  return codeMarkdown(clip(typeof value === 'string' ? value : '', TEXT));
}
