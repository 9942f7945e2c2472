/** What a verdict on a model says beyond its checks, as Markdown tables of at most so many rows. */
import { MOST_USES } from '../model/ledger-terms.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { clip, count, formatEstimate, formatNumber, percent } from './format.ts';
import { type Gain, gainsOf, gainText, readingOf } from './gains.ts';
import { disparityCells, type Grouping, groupingsOf } from './group-data.ts';
import { isJsonObject, numberOf } from './json.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';
import {
  type ConfusionTable,
  type MeasureInterval,
  rowSum,
  type SliceGain,
  shownConfusion,
  shownSlices,
} from './model-data.ts';

const NAME_CHARACTERS = 80;
const COLUMNS = 3;

/** The gains against their margins; empty without any. */
export function gainsMarkdown(verdict: Verdict, rows: number): string {
  const gains = gainsOf(verdict);
  if (gains.length === 0 || rows === 0) return '';
  const header = [
    'Metric',
    'Against',
    'Candidate is',
    'Gain',
    'Margin',
    'Rows',
    'Smallest loss that the rows can show',
    'Right: only candidate',
    'only baseline',
  ];
  const lines = gains.slice(0, rows).map(gainCells);
  const filled = header.map((_name, at) => lines.some((line) => line[at] !== ''));
  const kept = (line: readonly string[]) => line.filter((_cell, at) => filled[at]);
  return `${tableMarkdown(kept(header), lines.map(kept))}\n${moreLine(gains.length - rows)}`;
}

/** Slices, groups and confusion folded, and the use of the test set; empty without any. */
export function modelMarkdown(verdict: Verdict, rows: number): string {
  if (rows === 0) return '';
  const confusion = shownConfusion(verdict);
  const slices = shownSlices(verdict);
  const groupings = groupingsOf(verdict).filter(({ disparities }) => disparities.length > 0);
  const parts = [
    slices.length === 0 ? '' : folded('Slices, ranked by loss', sliceTable(slices, rows)),
    ...groupings
      .slice(0, COLUMNS)
      .map((grouping) => folded(`Groups of ${name(grouping.column)}`, groupTable(grouping, rows))),
    moreLine(groupings.length - COLUMNS, 'grouping').trimStart(),
    confusion === undefined ? '' : folded('Confusion', confusionTable(confusion)),
    testSetLine(verdict),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** `title` and `body` are Markdown. */
function folded(title: string, body: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${body}\n</details>\n`;
}

function moreLine(more: number, noun = 'row'): string {
  return more > 0 ? `\nand ${count(more, `more ${noun}`)}\n` : '';
}

function name(text: string): string {
  return escapeMarkdown(clip(text, NAME_CHARACTERS));
}

function numberCell(value: number | undefined): string {
  return value === undefined ? '' : formatNumber(value);
}

function measuredCell({ estimate, lower, upper }: MeasureInterval): string {
  const open = lower === undefined && upper === undefined;
  if (estimate === undefined && open) return '';
  return escapeMarkdown(formatEstimate(estimate, open ? undefined : [lower ?? null, upper ?? null]));
}

function gainCells(gain: Gain): string[] {
  return [
    codeMarkdown(clip(gain.metric, NAME_CHARACTERS)),
    gain.baseline,
    readingOf(gain),
    escapeMarkdown(gainText(gain)),
    numberCell(gain.margin),
    numberCell(gain.n),
    numberCell(gain.detectable),
    numberCell(gain.candidateOnly),
    numberCell(gain.baselineOnly),
  ];
}

function sliceTable(slices: readonly SliceGain[], rows: number): string {
  const lines = slices
    .slice(0, rows)
    .map((slice) => [
      name(slice.name),
      numberCell(slice.n),
      name(slice.metric),
      measuredCell(slice.candidate),
      numberCell(slice.production),
      measuredCell(slice.gain),
    ]);
  const header = ['Slice', 'Rows', 'Metric', 'Candidate', 'Production', 'Gain'];
  return `${tableMarkdown(header, lines)}\n${moreLine(slices.length - rows)}`;
}

function groupTable({ disparities, models }: Grouping, rows: number): string {
  const lines = disparities
    .slice(0, rows)
    .map((disparity) => [name(disparity.name), ...disparityCells(disparity, models)]);
  const header = ['difference', 'ratio'].flatMap((what) => models.map((model) => `${what}, ${model}`));
  const more = moreLine(disparities.length - rows);
  return `${tableMarkdown(['Between groups', ...header], lines)}\n${more}`;
}

function confusionTable({ classes, candidate, production }: ConfusionTable): string {
  const lines = candidate.map((row, i) => {
    const theirs = production?.[i] ?? [];
    const cells = row.map((n, j) => shareCell(n, rowSum(row), theirs[j] ?? 0, rowSum(theirs)));
    return [`**${name(classes[i] ?? '')}**`, ...cells];
  });
  const note =
    production === undefined ? '' : ', and its difference from production’s in points if it is not 0';
  return `Rows are labels, columns are predictions. Each cell has the candidate’s share of the label’s rows${note}.\n\n${tableMarkdown(['', ...classes.map(name)], lines)}\n`;
}

function shareCell(n: number, of: number, theirs: number, theirOf: number): string {
  if (of === 0) return '–';
  const points = theirOf === 0 ? 0 : Math.round(1000 * (n / of - theirs / theirOf)) / 10;
  const difference = points === 0 ? '' : ` (${points > 0 ? '+' : ''}${formatNumber(points)})`;
  return `${percent(n / of)}${difference}`;
}

/** `Use 3 of this test set, each test with an error rate of 0.00125; disclosed: full; uses left: 27.` */
function testSetLine({ measures: { test_set: testSet } }: Verdict): string {
  if (!isJsonObject(testSet)) return '';
  const [use, alpha, left] = [testSet.use, testSet.alpha, testSet.budget_left].map(numberOf);
  const first = [
    use === undefined ? 'Use of this test set' : `Use ${formatNumber(use)} of this test set`,
    alpha === undefined ? '' : `each test with an error rate of ${formatNumber(alpha)}`,
  ];
  const rest = [
    typeof testSet.disclosure === 'string' ? `disclosed: ${name(testSet.disclosure)}` : '',
    left === undefined ? '' : `further uses in which an equal candidate could pass: ${leftText(left)}`,
  ];
  const text = [first.filter((part) => part !== '').join(', '), ...rest];
  return `${text.filter((part) => part !== '').join('; ')}.\n`;
}

function leftText(left: number): string {
  return `${formatNumber(left)}${left >= MOST_USES ? ' or more' : ''}`;
}
