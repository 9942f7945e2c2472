/** Sections of a report on a model, as HTML. Charts are given; tables are made here. */
import type { Check, JsonObject, Verdict } from '../verdict/verdict.ts';
import type { Charts } from './charts.ts';
import { confusionHtml } from './confusion.ts';
import { examplesHtml, hasExamples } from './examples.ts';
import { clip, formatNumber } from './format.ts';
import { type Gain, gainsOf, gainText, readingOf } from './gains.ts';
import { type Grouping, groupingsOf } from './group-data.ts';
import { groupTables } from './group-table.ts';
import { isJsonObject } from './json.ts';
import { pairsTable } from './measures.ts';
import { shownConfusion, shownCurves, shownSlices } from './model-data.ts';
import { escapeHtml, tableHtml } from './page.ts';
import { sliceTable } from './slice-table.ts';

export interface ModelSections {
  /** What stands before the checks: the intervals against the margins. */
  readonly before: string;
  /** What stands after them. */
  readonly after: string;
  /** The measures that no section tells. */
  readonly rest: JsonObject;
  /** Checks whose places are told there, as examples. */
  readonly examples: ReadonlySet<Check>;
}

/** What `measures.test_set` holds, in words. */
const TEST_SET: Readonly<Record<string, string>> = {
  use: 'use, from 1',
  uses: 'uses in all',
  alpha: 'error rate of each test',
  disclosure: 'disclosed',
  budget_left: 'further uses in which an equal candidate could pass',
  chance_of_a_false_pass: 'largest chance that a pass so far was false',
};
const GAINS = 40;
const GROUPINGS = 20;

export function modelSections(verdict: Verdict, charts: Charts | undefined): ModelSections {
  const { measures } = verdict;
  const gains = gainsOf(verdict);
  const groupings = groupingsOf(verdict).slice(0, GROUPINGS);
  const confusion = shownConfusion(verdict);
  const slices = shownSlices(verdict);
  const examples = gains.filter(hasExamples);
  const after = [
    charts?.curves ?? '',
    confusion === undefined ? '' : section('Confusion', confusionHtml(confusion)),
    slices.length === 0 ? '' : section('Slices, ranked by loss', sliceTable(slices, marginsOf(gains))),
    groupings.length === 0 ? '' : section('Groups', groupsHtml(groupings, charts)),
    examples.length === 0
      ? ''
      : section('Rows that the candidate loses', examples.map(examplesHtml).join('\n'), 'examples'),
    isJsonObject(measures.test_set) ? section('Use of the test set', testSetHtml(measures.test_set)) : '',
  ];
  const told = {
    comparison: gains.length > 0,
    comparisons: gains.length > 0,
    curves: shownCurves(verdict).length > 0,
    confusion: confusion !== undefined,
    slices: slices.length > 0,
    test_set: isJsonObject(measures.test_set),
  };
  return {
    before: gains.length === 0 ? '' : section('Gain', gainsHtml(gains, charts)),
    after: after.filter((part) => part !== '').join('\n'),
    rest: restOf(measures, told, groupings),
    examples: new Set(examples.flatMap(({ check }) => check ?? [])),
  };
}

/** The margins against production, by metric. */
function marginsOf(gains: readonly Gain[]): ReadonlyMap<string, number> {
  return new Map(
    gains.flatMap(({ baseline, metric, margin }) =>
      baseline === 'production' && margin !== undefined ? [[metric, margin] as const] : [],
    ),
  );
}

/** `title` and `body` are HTML. */
function section(title: string, body: string, id = ''): string {
  return `<section${id && ` id="${id}"`}><h2>${title}</h2>\n${body}</section>`;
}

function gainsHtml(gains: readonly Gain[], charts: Charts | undefined): string {
  const note =
    charts === undefined
      ? ''
      : '<p class="note">Estimates and intervals are positive if the candidate is better. The upright mark is the margin. The shaded losses beyond it are not tolerated.</p>';
  return `${note}${charts?.gains ?? ''}\n${gainTable(gains)}`;
}

function testSetHtml(testSet: JsonObject): string {
  const named = Object.entries(testSet).map(([name, value]) => [
    TEST_SET[name] ?? name,
    name === 'budget_left' && value === null ? 'not bounded' : value,
  ]);
  return pairsTable(Object.fromEntries(named));
}

function gainTable(gains: readonly Gain[]): string {
  const shown = gains.slice(0, GAINS);
  const number = (value: number | undefined) => (value === undefined ? '' : formatNumber(value));
  const rows = shown.map((gain) => [
    escapeHtml(clip(gain.metric, 80)),
    gain.baseline,
    readingOf(gain),
    escapeHtml(gainText(gain)),
    number(gain.margin),
    number(gain.n),
    number(gain.detectable),
    number(gain.candidateOnly),
    number(gain.baselineOnly),
  ]);
  const header = [
    'metric',
    'against',
    'candidate is',
    'gain',
    'margin',
    'rows',
    'smallest loss that the rows can show',
    'only candidate right',
    'only baseline right',
  ];
  const filled = header.map((_name, at) => rows.some((row) => row[at] !== ''));
  const kept = <T>(row: readonly T[]) => row.filter((_cell, at) => filled[at]);
  const left = gains.length - shown.length;
  const note = left === 0 ? '' : `<p class="note">${formatNumber(left)} more in the verdict file.</p>`;
  return tableHtml(kept(header), rows.map(kept), 'measures gains') + note;
}

function groupsHtml(groupings: readonly Grouping[], charts: Charts | undefined): string {
  const parts = groupings.map((grouping, index) => {
    const title = `<h3>${escapeHtml(clip(grouping.column, 80))}</h3>`;
    return `${title}${charts?.groups[index] ?? ''}${groupTables(grouping)}`;
  });
  return `${charts?.groupKeys ?? ''}${parts.join('\n')}`;
}

/** Measures without what the sections tell. */
function restOf(
  measures: JsonObject,
  told: Readonly<Record<string, boolean>>,
  groupings: readonly Grouping[],
): JsonObject {
  const columns = new Set(groupings.map(({ column }) => column));
  const entries = Object.entries(measures).flatMap(([name, value]): [string, JsonObject[string]][] => {
    if (told[name] === true) return [];
    if (!isJsonObject(value) || !isJsonObject(value.by_group)) return [[name, value]];
    const { by_group: byGroup, ...own } = value;
    const others = Object.entries(byGroup).filter(([column]) => !columns.has(column));
    return [[name, others.length === 0 ? own : { ...own, by_group: Object.fromEntries(others) }]];
  });
  return Object.fromEntries(entries);
}
