/**
 * Writes a table of 20 mixed columns as CSV, the same bytes for the same seed:
 * `node scripts/bench-data.ts rows path [seed] [faults]`.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const WORDS =
  'order late parcel returned customer asked for a refund because the box was damaged during transport and no one answered'.split(
    ' ',
  );
export const HEADER =
  'id,user,age,visits,income,amount,score,ratio,latitude,sensor,plan,country,region,city,product,active,born,seen,code,note';

/** Marsaglia's xorshift (2003) with 32 bits, as a share in (0, 1). */
export function randomOf(seed: number): () => number {
  let x = seed | 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return ((x >>> 0) + 0.5) / 4294967296;
  };
}

/** Of each so many rows one has the fault; primes, so that few rows have two. */
const FAULTS = { repeatedId: 9_973, otherPlan: 9_967, otherCode: 9_949, noId: 9_941 } as const;

/** The row with what breaks a contract in some rows: an id twice, no id, a plan and a code that there are not. */
function withFaults(cells: readonly (string | number)[], id: number): readonly (string | number)[] {
  const faulty = [...cells];
  if (id % FAULTS.repeatedId === 0) faulty[0] = id - 1;
  if (id % FAULTS.noId === 0) faulty[0] = '';
  if (id % FAULTS.otherPlan === 0) faulty[10] = 'trial';
  if (id % FAULTS.otherCode === 0) faulty[18] = 'x1';
  return faulty;
}

/** Rows of the table, without a header; each ends with a line feed. */
export function rowsOf(seed: number, faults = false): (id: number) => string {
  const random = randomOf(seed);
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const below = (n: number) => Math.floor(random() * n);
  const zipf = zipfOf(10_000, random);
  const maybe = (value: string | number) => (random() < 0.05 ? '' : value);
  const note = () => {
    const text = Array.from({ length: 3 + below(8) }, () => WORDS[below(WORDS.length)]).join(' ');
    const kind = random();
    if (kind < 0.01) return `"${text},\nsaid ""${WORDS[below(WORDS.length)]}"""`;
    return kind < 0.08 ? `"${text}, ${WORDS[below(WORDS.length)]}"` : text;
  };
  const day = (from: number, days: number) => new Date(from + below(days) * 864e5).toISOString().slice(0, 10);
  const time = () => new Date(1.7e12 + below(5e7) * 1000).toISOString().replace('.000', '');
  const cellsOf = (id: number) => [
    id,
    maybe(below(1_000_000)),
    maybe(18 + below(70)),
    maybe(Math.floor(Math.exp(normal()))),
    maybe(Math.exp(10.4 + 0.6 * normal()).toFixed(2)),
    maybe((random() < 0.3 ? 0 : 50 * Math.exp(normal())).toFixed(2)),
    maybe(normal().toFixed(4)),
    maybe(random()),
    maybe((47 + 8 * random()).toFixed(6)),
    maybe(20 + 5 * normal()),
    maybe(['free', 'basic', 'premium'][below(3)] ?? ''),
    maybe(`C${below(10)}`),
    maybe(`region-${below(50)}`),
    maybe(`city ${below(500)}`),
    maybe(`p${zipf()}`),
    maybe(random() < 0.7 ? 'true' : 'false'),
    maybe(day(-6e11, 15_000)),
    maybe(time()),
    maybe(`${String.fromCharCode(65 + below(26))}${below(900) + 100}`),
    maybe(note()),
  ];
  return (id) => `${(faults ? withFaults(cellsOf(id), id) : cellsOf(id)).join(',')}\n`;
}

/** Ranks from 1 to `n` by Zipf's law with exponent 1. */
function zipfOf(n: number, random: () => number): () => number {
  const sums = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) sums[i] = sum += 1 / (i + 1);
  return () => {
    const at = random() * sum;
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

/** Writes the table into a file, as a stream. */
export async function writeTable(rows: number, path: string, seed = 1, faults = false): Promise<void> {
  const stream = createWriteStream(path, { highWaterMark: 1 << 20 });
  const rowOf = rowsOf(seed, faults);
  let text = `${HEADER}\n`;
  for (let id = 1; id <= rows; id++) {
    text += rowOf(id);
    if (text.length < 1 << 19 && id < rows) continue;
    if (!stream.write(text)) await once(stream, 'drain');
    text = '';
  }
  stream.end(text);
  await once(stream, 'finish');
}

if (import.meta.main) {
  const [rows, path, seed = '1', faults] = process.argv.slice(2);
  if (path === undefined || !Number.isSafeInteger(Number(rows))) {
    console.error('node scripts/bench-data.ts rows path [seed] [faults]');
    process.exit(2);
  }
  await writeTable(Number(rows), path, Number(seed), faults === 'faults');
}
