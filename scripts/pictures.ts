/**
 * `npm run pictures`: the pictures of the README, docs/pictures/*.svg: what a pull request is told, and a report. Both are
 * of real verdicts: the command line judges two models of examples/bike-demand's rentals, which the script makes, and the
 * renderers write what they always write. Only the drawing of Markdown is the script's own.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { commentBody } from '../shared/report/comment.ts';
import { mergedSections, sectionOf } from '../shared/report/comment-sections.ts';
import { htmlReport } from '../shared/report/html.ts';
import { summaryMarkdown } from '../shared/report/summary.ts';
import { conclusionOf, type StageReport, toldTitle } from '../shared/report/told.ts';
import { isPassing } from '../shared/verdict/status.ts';
import type { Verdict } from '../shared/verdict/verdict.ts';
import { commentPicture, reportPicture } from './pictures/draw.ts';

const FOLDER = 'docs/pictures';
const HOURS = ['night', 'morning', 'afternoon', 'evening'];
const NOW = '2026-03-02T06:00:00Z';
const COMMIT = '4be1c0ffee'.repeat(4);
const EXAMPLE = 'examples/bike-demand';

interface Row {
  readonly instant: string;
  readonly date: string;
  readonly hour: number;
  readonly isWorkday: boolean;
  readonly count: number;
  readonly line: string;
}

function rentals(): { header: string; rows: Row[] } {
  const [header = '', ...lines] = gunzipSync(readFileSync(`${EXAMPLE}/data/hour.csv.gz`))
    .toString('utf8')
    .trim()
    .split(/\r?\n/);
  const names = header.split(',');
  const rows = lines.map((line) => {
    const cells = line.split(',');
    const of = (name: string) => cells[names.indexOf(name)] ?? '';
    return {
      ...{ instant: of('instant'), date: of('dteday'), hour: Number(of('hr')), line },
      ...{ isWorkday: of('workingday') === '1', count: Number(of('cnt')) },
    };
  });
  return { header, rows };
}

/** The mean of each hour of working days and of others: production's; the candidate forgets which day it is. */
function predictor(rows: readonly Row[], knowsDays: boolean): (row: Row) => number {
  const key = ({ hour, isWorkday }: Row) => (knowsDays ? `${hour} ${isWorkday}` : String(hour));
  const sums = new Map<string, { sum: number; n: number }>();
  for (const row of rows) {
    const { sum, n } = sums.get(key(row)) ?? { sum: 0, n: 0 };
    sums.set(key(row), { sum: sum + row.count, n: n + 1 });
  }
  return (row) => {
    const { sum, n } = sums.get(key(row)) ?? { sum: 0, n: 1 };
    return sum / n;
  };
}

function judged(folder: string): Verdict[] {
  const { header, rows } = rentals();
  const train = rows.filter(({ date }) => date < '2012-05-01' && date >= '2011-05-01');
  const test = rows.filter(({ date }) => date >= '2012-05-01' && date < '2012-07-01');
  const write = (file: string, lines: readonly string[]) =>
    writeFileSync(join(folder, file), `${lines.join('\n')}\n`);
  write('may.csv', [header, ...test.map(({ line }) => line)]);
  for (const [file, knowsDays] of [
    ['production.csv', true],
    ['candidate.csv', false],
  ] as const) {
    const predict = predictor(train, knowsDays);
    write(file, [
      'id,dteday,day,hours,label,prediction',
      ...test.map(
        (row) =>
          `${row.instant},${row.date},${row.isWorkday ? 'working' : 'free'},${HOURS[Math.floor(row.hour / 6)]},${row.count},${predict(row).toFixed(1)}`,
      ),
    ]);
  }
  const contract = resolve(`${EXAMPLE}/contract.yml`);
  run(folder, 'validate-data', { data: 'may.csv', contract });
  const files = { candidate: 'candidate.csv', production: 'production.csv', id: 'id', label: 'label' };
  const asked = {
    metric: 'mae',
    margin: '5%',
    slices: '[day, hours]',
    cluster: 'dteday',
    ledger: 'off',
    samples: 'show',
  };
  run(folder, 'validate-model', { ...files, ...asked });
  return ['validate-data', 'validate-model'].map(
    (action) =>
      JSON.parse(readFileSync(join(folder, 'ml-loop-report', action, 'verdict.json'), 'utf8')) as Verdict,
  );
}

function run(cwd: string, action: string, inputs: Readonly<Record<string, string>>): void {
  const common = { name: 'demand', state: 'dir:state', now: NOW };
  const flags = Object.entries({ ...inputs, ...common }).flatMap(([name, value]) => [`--${name}`, value]);
  const { status, stderr } = spawnSync(process.execPath, [resolve('cli/main.ts'), action, ...flags], {
    cwd,
    encoding: 'utf8',
  });
  // A failing check is what the picture is about; an error is not.
  if (status !== 0 && status !== 1) throw new Error(`${action} ended with ${status}: ${stderr}`);
}

function toldOf(verdict: Verdict): StageReport {
  const common = { name: 'demand', id: '', problems: [], observed: false, reportPath: '' };
  return { ...common, action: verdict.action, verdict, failed: !isPassing(verdict.status) };
}

/** The pictures by file name. */
export async function pictures(): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  try {
    const verdicts = judged(folder);
    const tolds = verdicts.map(toldOf);
    const sections = tolds.map((told, at) =>
      sectionOf(
        told,
        { commit: COMMIT, run: { id: 1, attempt: 1 } },
        summaryMarkdown(verdicts[at] as Verdict, { heading: '###', isAnswered: true }),
      ),
    );
    const checks = tolds.map((told) => ({
      name: `ml-loop / ${toldTitle(told)}`,
      conclusion: conclusionOf(told),
    }));
    const model = verdicts.find(({ action }) => action === 'validate-model') as Verdict;
    return new Map([
      ['pull-request.svg', commentPicture(commentBody(mergedSections([], sections, true)), checks)],
      ['report.svg', reportPicture(await htmlReport(model))],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, svg] of await pictures()) {
    writeFileSync(join(FOLDER, file), svg);
    console.log(`${FOLDER}/${file}: ${Buffer.byteLength(svg)} bytes`);
  }
}
