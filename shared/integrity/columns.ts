import { placed } from '../contract/texts.ts';
import { grouped } from '../problem/numbers.ts';
import type { ColumnProfile, Profile } from '../profile/profile.ts';
import { isMissing } from '../read/missing-text.ts';
import type { Check, JsonObject, Location } from '../verdict/verdict.ts';
import { found, type IntegrityFindings, type IntegrityOptions, named } from './options.ts';
import { isWord } from './spelling.ts';
import { canonical, type TextFacts } from './texts.ts';

/** The share of one value from which a column is told to be nearly constant, and the rows that this takes. */
const NEARLY = 0.99;
const NEARLY_ROWS = 100;
/** Rows from which a column that rises row by row is told to be like an identifier. */
const RISING_ROWS = 20;

/** Where a text of a column is first, if that is known. */
export type FirstPlace = (column: string, text: string) => Location | undefined;

/** What each column shows by itself: kinds of values mixed, spellings of nothing, variants of a name, one value only. */
export function columnFindings(
  profile: Profile,
  facts: ReadonlyMap<string, TextFacts>,
  firstPlace: FirstPlace,
  options: IntegrityOptions,
): IntegrityFindings {
  return new ColumnChecks(options, firstPlace).of(profile, facts);
}

/** By column, the texts that differ from a more frequent one only in case or spaces. */
export function variantsOf(
  profile: Profile,
  { key = [] }: Pick<IntegrityOptions, 'key'>,
): ReadonlyMap<string, readonly string[]> {
  const found = profile.columns.map(({ name, cells, count, type }): [string, string[]] => {
    if (cells.kind !== 'categories' || type !== 'string' || key.includes(name)) return [name, []];
    // If most values occur once, they are not categories.
    if (cells.categories.length > Math.max(50, count / 2)) return [name, []];
    const groups = new Map<string, string[]>();
    for (const text of cells.categories) {
      if (isMissing(text)) continue;
      const same = canonical(text);
      const group = groups.get(same);
      if (group === undefined) groups.set(same, [text]);
      else group.push(text);
    }
    const counts = countsOf(cells);
    const variants = [...groups.values()].flatMap((group) => {
      return group.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)).slice(1);
    });
    return [name, variants];
  });
  return new Map(found.filter(([, variants]) => variants.length > 0));
}

function countsOf(cells: ColumnProfile['cells']): ReadonlyMap<string, number> {
  if (cells.kind !== 'categories') return new Map();
  return new Map(cells.categories.map((text, i) => [text, cells.counts[i] ?? 0]));
}

class ColumnChecks {
  readonly #options: IntegrityOptions;
  readonly #firstPlace: FirstPlace;

  constructor(options: IntegrityOptions, firstPlace: FirstPlace) {
    this.#options = options;
    this.#firstPlace = firstPlace;
  }

  of(profile: Profile, facts: ReadonlyMap<string, TextFacts>): IntegrityFindings {
    const columns = profile.columns.flatMap((column) => {
      const texts = facts.get(column.name);
      return texts === undefined ? [] : [{ column, texts }];
    });
    const { rows } = profile;
    const rising = columns.filter(({ column, texts }) => {
      return texts.rises && rows >= RISING_ROWS && column.count === rows;
    });
    return {
      checks: [
        ...orPass('integrity.types', 'no column of numbers holds texts', columns.flatMap(this.#types)),
        ...orPass('integrity.nulls', 'missing values are written in one way', columns.flatMap(this.#nulls)),
        ...orPass(
          'integrity.variants',
          'no two categories differ only in case or spaces',
          this.#variants(profile),
        ),
        ...this.#constant(profile),
      ],
      measures: {
        ...spelled(columns),
        // Such a column tells the order of the rows, and so the time: an identifier, seldom a feature.
        ...(rising.length === 0 ? {} : { 'rises-with-rows': rising.map(({ column }) => column.name) }),
      },
    };
  }

  /** Codes are texts, some of which may look like numbers; a column of numbers has no texts. */
  readonly #types = ({ column, texts }: Read): Check[] => {
    const { name, types } = column;
    const numbers = (types.integer ?? 0) + (types.number ?? 0);
    const words = texts.words.count;
    if (words === 0 || numbers < words) return [];
    return [
      {
        id: 'integrity.types',
        target: { column: name },
        status: found(this.#options, 'types'),
        observed: { numbers, texts: words },
        message: `${name} holds ${grouped(numbers)} ${numbers === 1 ? 'number' : 'numbers'} and ${grouped(words)} ${words === 1 ? 'text' : 'texts'}, so it is read as texts`,
        ...placed(texts.words.locations, words),
        fix: 'write only numbers, without units and thousands separators; if the values are codes, nothing is wrong',
      },
    ];
  };

  readonly #nulls = ({ column, texts: facts }: Read): Check[] => {
    const { name, nulls, types } = column;
    const { spellings, missing } = facts;
    if (spellings.length === 0) return [];
    const numbers = (types.integer ?? 0) + (types.number ?? 0);
    const asTexts = column.type === 'string';
    const empty = asTexts ? nulls : nulls - missing.count;
    const kinds = spellings.length + (empty > 0 ? 1 : 0);
    if (kinds < 2 && (numbers === 0 || !asTexts)) return [];
    const counts = Object.fromEntries(spellings.slice(0, 20).map(([text, n]) => [JSON.stringify(text), n]));
    const all = { ...(empty > 0 ? { empty } : {}), ...counts };
    const list = Object.entries(all)
      .map(([kind, n]) => `${kind} (${grouped(n)})`)
      .join(', ');
    const what =
      kinds < 2
        ? `is a column of numbers with a text for missing values, so it is read as texts: ${list}`
        : `has missing values written in ${kinds} ways: ${list}`;
    return [
      {
        id: 'integrity.nulls',
        target: { column: name },
        status: found(this.#options, 'nulls'),
        observed: all,
        message: `${name} ${what}`,
        ...placed(missing.locations, missing.count),
        fix: 'write every missing value as an empty field (in JSON Lines, null)',
      },
    ];
  };

  #variants(profile: Profile): Check[] {
    const columns = new Map(profile.columns.map((column) => [column.name, column]));
    return [...variantsOf(profile, this.#options)].flatMap(([name, variants]) => {
      const column = columns.get(name);
      return column === undefined ? [] : [this.#variantCheck(column, variants)];
    });
  }

  #variantCheck({ name, cells }: ColumnProfile, variants: readonly string[]): Check {
    const counts = countsOf(cells);
    const rows = variants.reduce((sum, text) => sum + (counts.get(text) ?? 0), 0);
    const { maxLocations, samples } = this.#options;
    const locations = variants
      .flatMap((text): Location[] => {
        const place = isWord(text) ? this.#firstPlace(name, text) : undefined;
        if (place === undefined) return [];
        return [samples === 'show' ? { ...place, value: text.slice(0, 200) } : place];
      })
      .slice(0, maxLocations);
    const values = `${grouped(variants.length)} ${variants.length === 1 ? 'category' : 'categories'}`;
    return {
      id: 'integrity.variants',
      target: { column: name },
      status: found(this.#options, 'variants'),
      observed: { categories: variants.length, rows },
      message: `${name} has ${values} (${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}) that ${variants.length === 1 ? 'differs' : 'differ'} from a more frequent one only in case or spaces`,
      ...placed(locations, rows),
      fix: `write each category of ${name} in one way, or list them as enum in the contract`,
    };
  }

  /** A batch may well hold one value of a feature; data with a label are for learning, if it is of no use. */
  #constant({ columns, rows }: Profile): Check[] {
    if (rows < 2) return [];
    const { label, key = [] } = this.#options;
    const features = columns.filter(({ name }) => name !== label && !key.includes(name));
    const empty = features.filter(({ count }) => count === 0).map(({ name }) => name);
    const constant = features
      .filter(({ count, distinct }) => count > 0 && distinct === 1)
      .map(({ name }) => name);
    const nearly = features.filter(isNearlyConstant).map(({ name }) => name);
    const parts = [
      ...(empty.length === 0 ? [] : [`without any value: ${named(empty)}`]),
      ...(constant.length === 0 ? [] : [`with one value only: ${named(constant)}`]),
    ];
    const otherwise = empty.length > 0 || (constant.length > 0 && label !== undefined) ? 'warn' : 'pass';
    return [
      {
        id: 'integrity.constant',
        status: parts.length === 0 ? 'pass' : found(this.#options, 'constant', otherwise),
        observed: empty.length + constant.length,
        message: parts.length === 0 ? 'every column has different values' : `columns ${parts.join('; ')}`,
        ...(parts.length === 0
          ? {}
          : {
              fix: 'check whether values are missing; if not, leave the columns that never change out of the features',
            }),
      },
      {
        id: 'integrity.nearly-constant',
        status: nearly.length === 0 ? 'pass' : found(this.#options, 'nearly-constant', 'pass'),
        observed: nearly.length,
        expected: { share: NEARLY },
        message:
          nearly.length === 0
            ? `no column has the same value in ${NEARLY * 100} % of its rows or more`
            : `columns with the same value in ${NEARLY * 100} % of their rows or more: ${named(nearly)}`,
        ...(nearly.length === 0 ? {} : { fix: 'check whether the rare values are enough to learn from' }),
      },
    ];
  }
}

interface Read {
  readonly column: ColumnProfile;
  readonly texts: TextFacts;
}

function isNearlyConstant({ count, distinct, top }: ColumnProfile): boolean {
  return distinct > 1 && count >= NEARLY_ROWS && (top[0]?.count ?? 0) >= NEARLY * count;
}

/** The findings, or one check that says that there is none. */
function orPass(id: string, message: string, checks: readonly Check[]): readonly Check[] {
  return checks.length > 0 ? checks : [{ id, status: 'pass', message }];
}

function spelled(columns: readonly Read[]): JsonObject {
  const entries = columns.flatMap(({ column, texts }) => {
    const { count } = texts.missing;
    return count === 0 ? [] : [[column.name, count] as const];
  });
  return entries.length === 0 ? {} : { 'missing-as-text': Object.fromEntries(entries) };
}
