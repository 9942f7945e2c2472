import { grouped } from '../problem/numbers.ts';
import { isMap } from '../schema/map.ts';
import type { Check, Location } from '../verdict/verdict.ts';
import type { Contract } from './contract.ts';
import { fixOf } from './fix.ts';
import { graded } from './grade.ts';
import { placed } from './texts.ts';

/** Whether the columns of each file come in the order of the contract's `properties`. */
export class HeaderOrder {
  readonly #contract: Contract;
  readonly #rank: ReadonlyMap<string, number>;
  readonly #locations: Location[] = [];
  #example: readonly [string, string] | undefined;
  #files = 0;
  #unordered = 0;

  constructor(contract: Contract) {
    const { properties } = contract.schema;
    this.#contract = contract;
    this.#rank = new Map(Object.keys(isMap(properties) ? properties : {}).map((name, i) => [name, i]));
  }

  note(file: string, columns: readonly string[], header: boolean): void {
    if (!header) {
      this.#unordered++;
      return;
    }
    this.#files++;
    let before: string | undefined;
    for (const [index, name] of columns.entries()) {
      const rank = this.#rank.get(name);
      if (rank === undefined) continue;
      if (before !== undefined && rank < (this.#rank.get(before) ?? 0)) {
        this.#example ??= [before, name];
        this.#locations.push({ file, line: 1, column: index + 1 });
        return;
      }
      before = name;
    }
  }

  checks(maxLocations: number): Check[] {
    const id = 'table.order';
    if (this.#files === 0) {
      if (this.#unordered === 0) return [];
      const message = 'JSON Lines do not have an order of columns, so the order was not judged';
      return [{ id, status: 'warn', message, fix: 'remove x-ml-loop.columns.order' }];
    }
    const [before, name] = this.#example ?? [];
    if (before === undefined || name === undefined)
      return [{ id, status: 'pass', observed: 0, message: 'the columns come in the order of the contract' }];
    const count = this.#locations.length;
    const files = count === 1 ? `of ${this.#locations[0]?.file}` : `of ${grouped(count)} files`;
    const check: Check = {
      id,
      status: 'fail',
      observed: count,
      message: `the columns ${files} do not come in the order of the contract: ${name} comes after ${before}`,
      ...placed(this.#locations.slice(0, maxLocations), count),
      fix: fixOf(
        `write ${name} before ${before} in the file`,
        `put ${name} after ${before} in \`properties\`, or remove x-ml-loop.columns.order`,
      ),
    };
    return [graded(check, this.#contract.table.grade, undefined, 0)];
  }
}
