import { leakageCheck, type TrainedUntil } from '../../shared/model/leakage.ts';
import type { JudgedRows } from '../../shared/model/predictions.ts';
import { readSheet, type Sheet } from '../../shared/model/sheet.ts';
import { TextColumn, TextIndex } from '../../shared/model/text-column.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { grouped } from '../../shared/problem/numbers.ts';
import type { Check, Location } from '../../shared/verdict/verdict.ts';
import type { ModelEvidence } from './evidence.ts';
import type { Inputs } from './inputs.ts';

/** Places that a check lists. */
const SHOWN = 20;

/** Were the rows, or any of them, part of what a model was trained on? */
export async function trainingLeakage(
  inputs: Inputs,
  judged: JudgedRows,
  evidence: ModelEvidence,
  ports: Ports,
): Promise<Check[]> {
  const inTime = timeCheck(inputs, judged, evidence);
  const bytes = digestCheck(evidence);
  const common = await commonCheck(inputs, evidence, ports);
  return [inTime, bytes, common].filter((check) => check !== undefined);
}

function timeCheck(
  { timestamp, 'trained-until': own }: Inputs,
  judged: JudgedRows,
  { trained }: ModelEvidence,
) {
  if (timestamp === undefined || judged.timestamps === undefined) return undefined;
  const ends: TrainedUntil[] = [
    ...(own === undefined ? [] : [{ model: 'candidate' as const, instant: own.toISOString() }]),
    ...(['production', 'anchor'] as const).flatMap((model) => {
      const instant = trained[model]?.until;
      return instant === undefined ? [] : [{ model, instant }];
    }),
  ];
  return leakageCheck(timestamp, judged.timestamps, ends);
}

/** Is the test data a file that a model was trained on, byte for byte? */
function digestCheck({ trained, subjects }: ModelEvidence): Check | undefined {
  const known = (['production', 'anchor'] as const).filter((model) => trained[model]?.data !== undefined);
  if (known.length === 0) return undefined;
  const tested = subjects.filter(({ role }) => role === 'data').map(({ digest }) => digest);
  const same = known.filter((model) => trained[model]?.data?.some((digest) => tested.includes(digest)));
  const base = { id: 'rows.training-data', observed: same, expected: [] };
  if (same.length === 0)
    return {
      ...base,
      status: 'pass',
      message: `the test data are not the training data of ${known.join(' or ')}`,
    };
  return {
    ...base,
    status: 'fail',
    message: `the test data are, byte for byte, the training data of ${same.join(' and ')}`,
    fix: 'judge on rows that no model was trained on',
  };
}

/** Has the candidate's training data an id of the test data, or a row that is the same in all other columns? */
async function commonCheck(
  inputs: Inputs,
  evidence: ModelEvidence,
  { files }: Ports,
): Promise<Check | undefined> {
  const { id, 'training-data': training, 'test-data': path } = inputs;
  if (training === undefined) return undefined;
  const tested = path === undefined ? evidence.sheets.candidate : await readSheet(files.source(path), 'all');
  const ids = tested.column(id).byValue();
  const byId = indexOf(ids);
  const seen = { ids: new Set<number>(), rows: new Set<number>() };
  const indices = new Map<string, { column: TextColumn; index: TextIndex }>();
  for (const file of await files.glob(training)) {
    const sheet = await readSheet(files.source(file), 'all');
    if (sheet.columns.includes(id)) note(seen.ids, sheet.column(id).byValue(), { column: ids, index: byId });
    // A row of one column is the same in many by chance.
    const shared =
      path === undefined ? [] : tested.columns.filter((name) => name !== id && sheet.columns.includes(name));
    if (shared.length < 2) continue;
    const key = JSON.stringify(shared);
    const rows = indices.get(key) ?? indexed(rowsOf(tested, shared));
    indices.set(key, rows);
    note(seen.rows, rowsOf(sheet, shared), rows);
  }
  return commonness(tested, id, seen);
}

function indexOf(column: TextColumn): TextIndex {
  const index = new TextIndex();
  for (let row = 0; row < column.rows; row++) if (column.has(row)) index.add(column, row);
  return index;
}

function indexed(column: TextColumn): { column: TextColumn; index: TextIndex } {
  return { column, index: indexOf(column) };
}

/** Whole rows as texts, in one spelling for each value. */
function rowsOf(sheet: Sheet, columns: readonly string[]): TextColumn {
  const cells = columns.map((name) => sheet.column(name).byValue());
  const rows = new TextColumn();
  for (let row = 0; row < sheet.n; row++)
    rows.addText(JSON.stringify(cells.map((column) => column.text(row))));
  return rows;
}

/** Notes the test data's rows that the other column has too. */
function note(
  seen: Set<number>,
  other: TextColumn,
  { column, index }: { column: TextColumn; index: TextIndex },
): void {
  for (let row = 0; row < other.rows; row++) {
    const found = other.has(row) ? index.find(column, other, row) : -1;
    if (found >= 0) seen.add(found);
  }
}

function commonness(
  tested: Sheet,
  id: string,
  seen: { readonly ids: ReadonlySet<number>; readonly rows: ReadonlySet<number> },
): Check {
  const all = [...new Set([...seen.ids, ...seen.rows])].sort((a, b) => a - b);
  const base = { id: 'rows.in-training', target: { column: id }, observed: all.length, expected: 0 };
  if (all.length === 0) {
    return {
      ...base,
      status: 'pass',
      message: `the training data do not have any ${id} or row of the test data`,
    };
  }
  const parts = [
    ...(seen.ids.size > 0
      ? [
          `${grouped(seen.ids.size)} of ${grouped(tested.n)} rows have an ${id} that the training data have too`,
        ]
      : []),
    ...(seen.rows.size > 0
      ? [`${seen.rows.size} are the same as a row of the training data in all other columns`]
      : []),
  ];
  return {
    ...base,
    status: 'fail',
    message: `of the test data, ${parts.join('; ')}`,
    locations: all.slice(0, SHOWN).map((row): Location => tested.place(row, id)),
    ...(all.length > SHOWN ? { places: all.length } : {}),
    fix: 'take these rows out of the test data, and train without them',
  };
}
