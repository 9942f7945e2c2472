/** Kinds of values that only validate-model's inputs have. */
import { type InputKind, type Margin, margin, notAllowed, structure } from '../../shared/inputs/kinds.ts';
import type { ColumnSpec } from '../../shared/model/metrics/columns.ts';
import type { ByName } from '../../shared/model/reading/by-name.ts';
import { isMap } from '../../shared/schema/map.ts';

/** One column; `p_*`, one for each class; or a map from class to column. */
export function columnOrColumns(): InputKind<ByName> {
  return structure(
    'a column, `p_*`, or a map of classes to columns, in YAML',
    { type: ['string', 'object'] },
    (value) => {
      if (typeof value === 'string' && value.trim() !== '') return value.trim();
      if (typeof value === 'number') return String(value);
      if (!isMap(value) || !Object.values(value).every((column) => typeof column === 'string'))
        throw notAllowed('must be a column, `p_*`, or a map of classes to columns');
      return value as Readonly<Record<string, string>>;
    },
  );
}

/** By metric its margin. */
export function margins(): InputKind<Readonly<Record<string, Margin>>> {
  const one = margin();
  return structure('a map of metrics to margins, in YAML', { type: 'object' }, (value) => {
    if (!isMap(value))
      throw notAllowed('must be a map of metrics to margins, such as {recall: 0.02, log_loss: 5%}');
    return Object.fromEntries(Object.entries(value).map(([metric, given]) => [metric, one.parse(given)]));
  });
}

type Spec = Omit<ColumnSpec, 'column'>;

/** By column, what its numbers mean as a metric. */
export function columnSpecs(): InputKind<Readonly<Record<string, Spec>>> {
  const label = 'a map of columns, in YAML';
  const form = 'must be a map such as {my_loss: {better: lower, range: [0, 1]}}';
  return structure(label, { type: 'object', additionalProperties: { type: 'object' } }, (value) => {
    if (!isMap(value)) throw notAllowed(form);
    return Object.fromEntries(
      Object.entries(value).map(([column, spec]): [string, Spec] => {
        if (!isMap(spec)) throw notAllowed(`${form} (see ${column})`);
        const { better, range, ...others } = spec;
        const isRange =
          Array.isArray(range) &&
          range.length === 2 &&
          range.every((end) => typeof end === 'number' && Number.isFinite(end)) &&
          Number(range[0]) < Number(range[1]);
        if (better !== undefined && better !== 'higher' && better !== 'lower')
          throw notAllowed(`better must be higher or lower (see ${column})`);
        if (range !== undefined && !isRange)
          throw notAllowed(`range must be two numbers, the smaller first (see ${column})`);
        const [other] = Object.keys(others);
        if (other !== undefined)
          throw notAllowed(`knows only better and range, not ${other} (see ${column})`);
        return [
          column,
          {
            ...(better === undefined ? {} : { better }),
            ...(isRange ? { range: [Number(range[0]), Number(range[1])] as const } : {}),
          },
        ];
      }),
    );
  });
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

/** A loss, or one by metric. */
export function lossBounds(): InputKind<number | Readonly<Record<string, number>>> {
  const form = 'must be a number above 0, or a map such as {mae: 500, log_loss: 4.7}';
  const schema = { type: ['number', 'object'], additionalProperties: { type: 'number' } };
  return structure('a number above 0, or a map of metrics to such numbers, in YAML', schema, (value) => {
    if (isPositive(value)) return value;
    if (!isMap(value) || Object.keys(value).length === 0 || !Object.values(value).every(isPositive))
      throw notAllowed(form);
    return value as Readonly<Record<string, number>>;
  });
}

/** Two numbers, the lower first. */
export function numberRange(): InputKind<readonly [number, number]> {
  const schema = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 };
  return structure('two numbers, the lower first, in YAML', schema, (value) => {
    const [low, high] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
    const numbers = typeof low === 'number' && typeof high === 'number';
    if (!numbers || !Number.isFinite(low) || !Number.isFinite(high) || !(low < high))
      throw notAllowed('must be two numbers, the lower first, such as [0, 1000]');
    return [low, high];
  });
}
