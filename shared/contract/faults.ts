import { grouped } from '../problem/numbers.ts';
import type { Fault, FaultKind } from '../read/fault.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { placed } from './texts.ts';

const RULES: Readonly<Record<FaultKind, string>> = {
  'empty-file': 'file.empty',
  'no-rows': 'file.no-rows',
  'no-header': 'file.header',
  'empty-header': 'file.header',
  'duplicate-header': 'file.header',
  'stray-quote': 'file.quote',
  'unterminated-quote': 'file.quote',
  'too-long': 'file.quote',
  'invalid-utf8': 'file.encoding',
  'ragged-row': 'row.fields',
  'empty-row': 'file.empty-rows',
  'invalid-json': 'row.json',
  'torn-line': 'row.json',
};
const OF_A_ROW: readonly FaultKind[] = [
  'ragged-row',
  'stray-quote',
  'unterminated-quote',
  'invalid-json',
  'torn-line',
];

/** Of files without rows. */
const OF_A_PART: readonly string[] = ['file.empty', 'file.no-rows'];

/** What the reader found wrong with the files themselves. */
export class FaultChecks {
  readonly #maxLocations: number;
  readonly #found = new Map<string, { count: number; first: Fault; locations: Location[] }>();
  /** Rows that could not be read. */
  rows = 0;

  constructor(maxLocations: number) {
    this.#maxLocations = maxLocations;
  }

  add(fault: Fault): void {
    if (OF_A_ROW.includes(fault.kind)) this.rows++;
    const rule = RULES[fault.kind];
    const entry = this.#found.get(rule) ?? { count: 0, first: fault, locations: [] };
    this.#found.set(rule, entry);
    entry.count++;
    if (entry.locations.length === this.#maxLocations) return;
    const { file, line, column } = fault;
    entry.locations.push({ file, line, ...(column === undefined ? {} : { column }) });
  }

  /**
   * One for each kind of fault; `file.structure` passes if there is none.
   *
   * @param rows of all files: if there are any, files without one are empty parts of the table.
   */
  checks(rows: number): Check[] {
    const sound: Check = {
      id: 'file.structure',
      status: 'pass',
      observed: 0,
      message: 'all files are well formed',
    };
    const found = [...this.#found].map(([id, { count, first, locations }]): Check => {
      const message =
        count === 1 ? first.message : `${grouped(count)} places like this one: ${first.message}`;
      const status = id === 'file.empty-rows' || (OF_A_PART.includes(id) && rows > 0) ? 'warn' : 'fail';
      return { id, status, observed: count, message, ...placed(locations, count), fix: first.fix };
    });
    return found.some(({ status }) => status === 'fail') ? found : [sound, ...found];
  }
}
