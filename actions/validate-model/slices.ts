import { clausesOf, type SliceOf } from '../../shared/model/conditions/expression.ts';
import type { JudgedRows } from '../../shared/model/predictions.ts';
import { declaredSlices, type Slice, type SliceSpec, sliceColumns } from '../../shared/model/slices.ts';
import type { CodedTexts } from '../../shared/model/text-column.ts';
import { suggestion } from '../../shared/problem/nearest.ts';
import { type Problem, UserError } from '../../shared/problem/problem.ts';
import type { Inputs } from './inputs.ts';
import type { CandidateTerms } from './request.ts';

/** The columns that slices and groups are made of. */
export function groupColumns({ slices, sensitive, conditions }: CandidateTerms): readonly string[] {
  const declared = new Set(slices.map(({ name }) => name));
  const named = conditions.flatMap(({ expression }) =>
    clausesOf(expression).flatMap(({ terms }) => terms.flatMap(({ quantity }) => quantity.of?.slice ?? [])),
  );
  return [
    ...new Set([...sliceColumns([...slices, ...sensitive]), ...named.filter((name) => !declared.has(name))]),
  ];
}

/** The declared slices, and those that conditions name. */
export class Slices {
  readonly #specs = new Map<string, SliceSpec>();
  readonly #judged: JudgedRows;
  readonly #least: number;
  readonly #known = new Map<string, { slices: readonly Slice[]; small: number }>();

  /** @throws UserError for slices that are neither declared nor a column. */
  constructor(inputs: Inputs, asked: CandidateTerms, judged: JudgedRows) {
    this.#judged = judged;
    this.#least = inputs['min-slice-size'];
    for (const spec of asked.slices) this.#specs.set(spec.name, spec);
    const problems: Problem[] = asked.conditions.flatMap(({ text, expression }) =>
      clausesOf(expression)
        .flatMap(({ terms }) => terms.flatMap(({ quantity }) => quantity.of ?? []))
        .filter(({ slice }) => !this.#specs.has(slice) && !Object.hasOwn(judged.groups, slice))
        .map(({ slice }) => ({
          what: `there is no slice or column ${JSON.stringify(slice)}`,
          where: `input conditions, ${JSON.stringify(text)}`,
          fix: suggestion(slice, [...this.#specs.keys(), ...Object.keys(judged.groups)]),
        })),
    );
    problems.push(...this.#absentValues(asked));
    if (problems.length > 0) throw new UserError(problems);
  }

  /** A value that no row has is a slip of the pen: no rows at all would never decide. */
  #absentValues({ conditions }: CandidateTerms): Problem[] {
    return conditions.flatMap(({ text, expression }) =>
      clausesOf(expression)
        .flatMap(({ terms }) => terms.flatMap(({ quantity }) => quantity.of ?? []))
        .filter(({ slice, value }) => {
          const column = this.#judged.groups[slice];
          return value !== undefined && column !== undefined && !column.names.includes(value);
        })
        .map(({ slice, value }) => ({
          what: `no row of the test data has ${slice} = ${JSON.stringify(value)}`,
          where: `input conditions, ${JSON.stringify(text)}`,
          fix: 'write the value as it is in the data',
        })),
    );
  }

  column(name: string): CodedTexts {
    return this.#judged.groups[name] ?? { names: [], codes: new Int32Array(this.#judged.n).fill(-1) };
  }

  /** The slices of a declaration with enough rows, and how many have not. */
  ofSpec(spec: SliceSpec): { readonly slices: readonly Slice[]; readonly small: number } {
    const known = this.#known.get(spec.name);
    if (known !== undefined) return known;
    const all = declaredSlices(spec, this.#judged.n, (name) => this.column(name));
    const slices = all.filter(({ rows }) => rows.length >= this.#least);
    const found = { slices, small: all.length - slices.length };
    this.#known.set(spec.name, found);
    return found;
  }

  of({ slice, value }: SliceOf): { readonly slices: readonly Slice[]; readonly small: number } {
    const spec = this.#specs.get(slice) ?? { kind: 'values' as const, name: slice, columns: [slice] };
    const found = this.ofSpec(spec);
    if (value === undefined) return found;
    const one = found.slices.filter((each) => each.value === value);
    return { slices: one, small: 0 };
  }

  get declared(): ReadonlyMap<string, readonly Slice[]> {
    return new Map([...this.#specs].map(([name, spec]) => [name, this.ofSpec(spec).slices]));
  }
}
