import { type DocumentMap, isMap, ownMember } from '../schema/map.ts';
import { Builder } from './builder.ts';
import { referredModel, type Test, testOf } from './dbt-grade.ts';
import { carryTest } from './dbt-tests.ts';
import { DocumentReader, type Path } from './document.ts';
import { ageOf } from './numbers.ts';
import { bare, carryExpression, typeNamed } from './sql.ts';
import type { ImportedContract, ImportOptions } from './types.ts';

interface Model {
  readonly name: string;
  readonly map: DocumentMap;
  readonly path: Path;
}

/**
 * The tests of one model (seed, snapshot, source table) of a dbt `schema.yml`: built-in ones, dbt_utils and
 * dbt_expectations. A column is asked for if a test names it; other columns may be there.
 *
 * @throws UserError with all that cannot be read, and where the model is not clear.
 */
export function importDbt(
  document: DocumentMap,
  file: string,
  options: ImportOptions = {},
): ImportedContract {
  const reading = new DocumentReader(file, options);
  const { map: model, path } = reading.chosen(models(reading, document), 'model');
  const builder = new Builder(reading);
  builder.root('additionalProperties', true);
  const enforced = isEnforced(reading, model, path);
  const columns = reading.list(model.columns, [...path, 'columns']);
  const read = columns.flatMap((entry, index) => {
    const at = [...path, 'columns', String(index)];
    const column = reading.map(entry, at);
    const name = reading.text(column.name, [...at, 'name']);
    if (name === undefined) return reading.wrong('a column has no name', at) ?? [];
    return [{ name: bare(name), column, at }];
  });
  for (const { name, column } of read) describe(builder, name, column, enforced);
  for (const { name, column, at } of read) {
    if (enforced) builder.require(name);
    constraints(builder, column, at, name);
    for (const test of testsOf(reading, column, at)) carryTest(builder, test, name);
  }
  constraints(builder, model, path, undefined);
  for (const test of testsOf(reading, model, path)) carryTest(builder, test, undefined);
  sourceFreshness(builder, model, path);
  reading.done();
  const description = typeof model.description === 'string' ? model.description.trim() : '';
  return {
    format: 'dbt',
    contract: builder.finish({
      title: String(model.name),
      ...(description === '' ? {} : { description }),
    }),
    notCarried: reading.notCarried,
  };
}

function models(reading: DocumentReader, document: DocumentMap): readonly Model[] {
  const named = (value: unknown, path: Path): Model[] =>
    reading.list(value, path).flatMap((entry, index) => {
      const at = [...path, String(index)];
      const map = reading.map(entry, at);
      const name = reading.text(map.name, [...at, 'name']);
      if (name === undefined) return reading.wrong('a model has no name', at) ?? [];
      return [{ name, map, path: at }];
    });
  const own = ['models', 'seeds', 'snapshots'].flatMap((kind) => named(document[kind], [kind]));
  const sources = named(document.sources, ['sources']).flatMap((source) =>
    named(source.map.tables, [...source.path, 'tables']).map((table) => ({
      ...table,
      map: { ...inherited(source.map), ...table.map },
    })),
  );
  // A table of a source goes by its own name, and by both if that is not enough.
  return [...own, ...sources];
}

/** What a source's tables take from it. */
function inherited({ freshness, loaded_at_field, config }: DocumentMap): DocumentMap {
  const from = isMap(config) ? config : {};
  return Object.fromEntries(
    Object.entries({
      freshness: freshness ?? from.freshness,
      loaded_at_field: loaded_at_field ?? from.loaded_at_field,
    }).filter(([, value]) => value !== undefined),
  );
}

function isEnforced(reading: DocumentReader, model: DocumentMap, path: Path): boolean {
  const config = reading.map(model.config, [...path, 'config']);
  return reading.map(config.contract, [...path, 'config', 'contract']).enforced === true;
}

/** `data_tests`, and `tests` as they were called before. */
function testsOf(reading: DocumentReader, owner: DocumentMap, path: Path): readonly Test[] {
  return ['tests', 'data_tests'].flatMap((key) =>
    reading
      .list(owner[key], [...path, key])
      .flatMap((entry, index) => testOf(reading, entry, [...path, key, String(index)]) ?? []),
  );
}

function describe(
  builder: Builder,
  name: string,
  { description, data_type: type }: DocumentMap,
  enforced: boolean,
): void {
  const column = builder.column(name);
  if (typeof description === 'string' && description.trim() !== '') {
    column.annotate('description', description.trim());
  }
  const known = typeof type === 'string' ? typeNamed(type) : undefined;
  if (known === undefined) return;
  if (!enforced) {
    column.hint(known.kinds);
    return;
  }
  column.type(known.kinds);
  if (Object.keys(known.keywords).length > 0) {
    builder.keywords(name, known.keywords, {}, `data_type of ${name}`, []);
  }
}

/** Constraints that the platform keeps: of a column, or of a model with its `columns`. */
function constraints(builder: Builder, owner: DocumentMap, path: Path, column: string | undefined): void {
  const { reading } = builder;
  reading.list(owner.constraints, [...path, 'constraints']).forEach((entry, index) => {
    const at = [...path, 'constraints', String(index)];
    const constraint = reading.map(entry, at);
    const columns =
      column === undefined ? reading.texts(constraint.columns, [...at, 'columns']).map(bare) : [column];
    const type = String(constraint.type);
    const what = `constraint ${type}`;
    if (type === 'check' && typeof constraint.expression === 'string') {
      const context = { grade: {}, what: `check ${constraint.expression}`, path: at };
      if (!carryExpression(builder, constraint.expression, context)) {
        reading.lost(`${what}: its expression is SQL that cannot be written here`, at);
      }
    } else if (columns.length === 0) reading.wrong(`${what} names no columns`, at);
    else if (type === 'not_null' || type === 'primary_key') {
      builder.require(...columns);
      for (const name of columns) builder.column(name).notNull();
      if (type === 'primary_key') builder.unique(columns, {});
    } else if (type === 'unique') builder.unique(columns, {});
    else if (type === 'foreign_key') foreignKey(builder, constraint, columns, at);
    else reading.lost(`${what} is not known`, at);
  });
}

function foreignKey(builder: Builder, constraint: DocumentMap, columns: readonly string[], path: Path): void {
  const { reading } = builder;
  const to = typeof constraint.to === 'string' ? referredModel(constraint.to) : undefined;
  const references = reading.texts(constraint.to_columns, [...path, 'to_columns']);
  const target = to === undefined ? undefined : ownMember(reading.options.files ?? {}, to);
  if (target === undefined || references.length !== columns.length) {
    reading.lost('constraint foreign_key', path, 'name the file of the other model');
  } else builder.foreignKey(columns, target, references);
}

/** `freshness` with `loaded_at_field` of a source's table: the age that is an error, or the one that warns if it is alone. */
function sourceFreshness(builder: Builder, model: DocumentMap, path: Path): void {
  const { reading } = builder;
  const config = isMap(model.config) ? model.config : {};
  const freshness = model.freshness ?? config.freshness;
  const field = model.loaded_at_field ?? config.loaded_at_field;
  if (!isMap(freshness)) return;
  const at = [...path, 'freshness'];
  const { error_after: error, warn_after: warning, filter } = freshness;
  const limit = isMap(error) ? error : warning;
  if (isMap(error) && isMap(warning))
    reading.lost('freshness warn_after: one age is held, and error_after is', at);
  if (!isMap(limit)) return;
  const age = ageOf(Number(limit.count), String(limit.period));
  if (filter !== undefined || typeof field !== 'string' || !/^\w+$/.test(field) || age === undefined) {
    reading.lost('freshness: it needs a column as loaded_at_field, a count and a period, and no filter', at);
  } else builder.freshness(field, age, limit === error ? undefined : 'warn');
}
