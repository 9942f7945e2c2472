import { grouped } from '../problem/numbers.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import { placed } from './texts.ts';

/** Whether the files of one table have the columns of the first, in whatever order. */
export class Headers {
  readonly #maxLocations: number;
  #first: { readonly file: string; readonly columns: ReadonlySet<string> } | undefined;
  #others = 0;
  #example = '';
  readonly #locations: Location[] = [];

  constructor(maxLocations: number) {
    this.#maxLocations = maxLocations;
  }

  /** Notes a file's header, once a file. */
  note(file: string, columns: readonly string[]): void {
    if (this.#first === undefined) {
      this.#first = { file, columns: new Set(columns) };
      return;
    }
    const own = new Set(columns);
    const lacks = [...this.#first.columns].filter((name) => !own.has(name));
    const has = columns.filter((name) => !this.#first?.columns.has(name));
    if (lacks.length + has.length === 0) return;
    if (this.#others++ === 0) this.#example = `${file} ${difference(lacks, has)}`;
    if (this.#locations.length < this.#maxLocations) this.#locations.push({ file, line: 1 });
  }

  checks(): Check[] {
    const others = this.#others;
    if (others === 0) return [];
    const verb = others === 1 ? 'file has' : 'files have';
    return [
      {
        id: 'table.columns',
        status: 'warn',
        observed: others,
        message: `${grouped(others)} ${verb} other columns than ${this.#first?.file}: ${this.#example}`,
        ...placed(this.#locations, others),
        fix: 'give a contract that says which columns there are, or only files of one table',
      },
    ];
  }
}

function difference(lacks: readonly string[], has: readonly string[]): string {
  return [
    ...(lacks.length > 0 ? [`lacks ${some(lacks)}`] : []),
    ...(has.length > 0 ? [`has ${some(has)}`] : []),
  ].join(' and ');
}

function some(names: readonly string[]): string {
  const [shown, more] = [names.slice(0, 3).join(', '), names.length - 3];
  return more > 0 ? `${shown} and ${grouped(more)} more` : shown;
}
