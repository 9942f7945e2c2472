/** Sets of labels: lists in one cell, or columns of 0 and 1. */

import { Classes } from '../../read/classes.ts';
import { valueText } from '../../read/same-value.ts';
import type { Field, JoinedFields } from '../fields.ts';
import type { SheetRole } from '../join.ts';
import { columnsByName, isByName } from './by-name.ts';
import type { ReadingOptions } from './options.ts';

/** The labels that a cell lists: a JSON list, or texts between delimiters; undefined if it is neither. */
export function listedLabels(text: string, delimiter: string | undefined): readonly string[] | undefined {
  if (text.startsWith('[')) return jsonLabels(text);
  if (delimiter === undefined) return undefined;
  const parts = text.split(delimiter).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== '').map(valueText))];
}

function jsonLabels(text: string): readonly string[] | undefined {
  try {
    const found: unknown = JSON.parse(text);
    if (!Array.isArray(found)) return undefined;
    const known = found.every((item) => ['string', 'number', 'boolean'].includes(typeof item));
    return known ? [...new Set(found.map((item) => valueText(String(item))))] : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Sets of labels of the joined rows, by the number of each label. */
export class LabelSets {
  readonly #fields: JoinedFields;
  readonly #delimiter: string | undefined;
  readonly #numbers = new Map<string, number>();
  /** Why a label without a number of its own is a fault, if it is one. */
  readonly #closed: string | undefined;
  /** Those of the truth, once it is read. */
  #classes: Classes | undefined;

  constructor(
    fields: JoinedFields,
    { labelDelimiter, classes }: Pick<ReadingOptions, 'labelDelimiter' | 'classes'>,
    scored?: Iterable<string>,
  ) {
    this.#fields = fields;
    this.#delimiter = labelDelimiter;
    this.#closed =
      scored !== undefined
        ? 'has a label without a column of scores'
        : classes && 'has a label that is none of the listed classes';
    for (const name of scored ?? classes?.map(valueText) ?? []) this.#numbers.set(name, this.#numbers.size);
  }

  get names(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  /** The numbers of each row's labels; each different text is read once. */
  read(field: Field, kind: 'labels' | 'values'): readonly (readonly number[])[] {
    const known = new Map<string, readonly number[] | string>();
    if (kind === 'values') this.#classes ??= new Classes(this.#numbers.keys());
    return field.cells.map((cell, place) => {
      const found = cell === null ? 'is empty: write [] if there is no label' : known.get(cell);
      const numbers = found ?? this.#numbersOf(cell ?? '');
      if (cell !== null && found === undefined) known.set(cell, numbers);
      if (typeof numbers !== 'string') return numbers;
      this.#fields.fault(kind, field, place, numbers);
      return [];
    });
  }

  /** The numbers, or what is wrong with the text. */
  #numbersOf(text: string): readonly number[] | string {
    const labels = listedLabels(text, this.#delimiter);
    if (labels === undefined)
      return this.#delimiter === undefined
        ? 'is not a JSON list of labels, and label-delimiter is not given'
        : 'is not a list of labels';
    const strangers = labels.filter((label) => !this.#numbers.has(label));
    if (strangers.some((label) => this.#classes?.near(label) !== undefined))
      return 'has a label that differs from a true label only in case, blanks or leading zeros';
    if (this.#closed !== undefined && strangers.length > 0) return this.#closed;
    return labels.map((label) => {
      const number = this.#numbers.get(label) ?? this.#numbers.size;
      this.#numbers.set(label, number);
      return number;
    });
  }

  /** The sets at the places as a matrix, n × k, one label after the other; once all have been read. */
  matrix(sets: readonly (readonly number[])[], places: Int32Array): Uint8Array {
    const marks = new Uint8Array(places.length * this.#numbers.size);
    places.forEach((place, i) => {
      for (const number of sets[place] ?? []) marks[number * places.length + i] = 1;
    });
    return marks;
  }
}

/**
 * Columns of 0 and 1, one a label, as one field of JSON lists, so that they are read as those are.
 *
 * @param kind what a cell that is neither is a fault of.
 */
function setField(
  fields: JoinedFields,
  columns: ReadonlyMap<string, Field>,
  kind: 'labels' | 'values',
): Field | undefined {
  const [first] = columns.values();
  if (first === undefined) return undefined;
  const sets = first.cells.map((): string[] => []);
  for (const [name, field] of columns) {
    field.cells.forEach((cell, place) => {
      const mark = cell === null ? '' : valueText(cell);
      if (mark === '1' || mark === 'true') sets[place]?.push(name);
      else if (mark !== '0' && mark !== 'false')
        fields.fault(kind, field, place, 'is neither 0 nor 1, nor true or false');
    });
  }
  return first.with(sets.map((names) => JSON.stringify(names)));
}

/** What a column is for. */
interface ColumnUse {
  /** The input that names it. */
  readonly input: string;
  /** What a cell that cannot be read is a fault of. */
  readonly kind: 'labels' | 'values';
  /** Is it a fault if the column is not there? */
  readonly needed: boolean;
}

/** One column, or as one those of `y_*`, each of which says who has a label. */
export function setOrColumn(
  fields: JoinedFields,
  role: SheetRole,
  named: string,
  { input, kind, needed }: ColumnUse,
): Field | undefined {
  if (!isByName(named)) return fields.of(role, named, needed ? input : undefined);
  if (!needed && fields.startingWith(role, named.slice(0, -1)).length === 0) return undefined;
  const columns = columnsByName(fields, role, named, input);
  return columns === undefined ? undefined : setField(fields, columns, kind);
}
