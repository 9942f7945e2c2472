import type { Sheets } from '../../../shared/model/join.ts';
import {
  type JudgedRows,
  type PredictionOptions,
  readJudged,
  wantedColumns,
} from '../../../shared/model/predictions.ts';
import { readSheet, type Sheet } from '../../../shared/model/sheet.ts';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import { type Random, randomFrom } from '../../../shared/stats/random.ts';

export function source(name: string, text: string): ByteSource {
  return {
    name,
    async *open() {
      yield new TextEncoder().encode(text);
    },
  };
}

/** Rows of objects as CSV. */
export function csv(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return `${[columns, ...rows.map((row) => columns.map((column) => row[column]))].map((line) => line.join(',')).join('\n')}\n`;
}

export const OPTIONS: PredictionOptions = {
  columns: { id: 'id', label: 'label', prediction: 'prediction', sensitive: [] },
  task: 'auto',
  metrics: [],
  probabilities: false,
  showValues: false,
};

type Texts = { candidate: string; production?: string; test?: string };

/** Reads CSV texts as `candidate.csv`, `production.csv` and `test.csv`. */
export async function judgedOf(texts: Texts, options: Partial<PredictionOptions> = {}): Promise<JudgedRows> {
  const given = { ...OPTIONS, ...options };
  const sheets: Record<string, Sheet> = {};
  for (const [role, text] of Object.entries(texts)) {
    sheets[role] = await readSheet(
      source(`${role}.csv`, text),
      wantedColumns(given.columns, given.numbers?.keys()),
    );
  }
  return readJudged(sheets as Record<string, Sheet> & Sheets, given);
}

/** Standard normal numbers (Box and Muller). */
export function normals(random: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

/** Labels and two models' predictions of them, with errors of the given spreads. */
export async function regression(
  n: number,
  spreads: readonly [candidate: number, production: number],
  seed = 1,
): Promise<JudgedRows> {
  const normal = normals(randomFrom(seed));
  const rows = Array.from({ length: n }, (_, i) => ({ id: i, label: 100 + 20 * normal() }));
  const predicted = (spread: number) =>
    csv(rows.map(({ id, label }) => ({ id, label, prediction: label + spread * normal() })));
  return judgedOf(
    { candidate: predicted(spreads[0]), production: predicted(spreads[1]) },
    { task: 'regression' },
  );
}

/** Two classifiers of n rows, with so many rows that only one of them has right; both are right elsewhere. */
export async function classifiers(
  n: number,
  candidateOnly: number,
  productionOnly: number,
): Promise<JudgedRows> {
  const rows = Array.from({ length: n }, (_, id) => ({ id, label: id % 2 }));
  const wrong = (from: number, count: number) =>
    csv(
      rows.map(({ id, label }) => ({
        id,
        label,
        prediction: id >= from && id < from + count ? 1 - label : label,
      })),
    );
  return judgedOf({ candidate: wrong(0, productionOnly), production: wrong(productionOnly, candidateOnly) });
}

/** The ids of all rows. */
export function idsOf(judged: JudgedRows): string[] {
  return Array.from({ length: judged.n }, (_, row) => judged.id(row));
}
