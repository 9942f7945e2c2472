/** Draws what `chartData` found, with Observable Plot; loaded only when there is something to draw. */
import type { ChartData, DistributionChart } from './chart-data.ts';
import { calibrationNote, curveFigures, modelKeys } from './curves.ts';
import { distributionFigure } from './distributions.ts';
import { CURRENT, key, REFERENCE } from './draw.ts';
import { forestFigure } from './forest.ts';
import { count } from './format.ts';
import { groupFigures } from './group-charts.ts';
import { historyFigure, rolloutFigures } from './timelines.ts';

/** Charts as HTML, by where they stand in a report; empty if there is nothing to draw. */
export interface Charts {
  /** Of the candidate against its baselines, without a title. */
  readonly gains: string;
  /** Of the groupings, in their order, without titles. */
  readonly groups: readonly string[];
  readonly groupKeys: string;
  /** Sections of their own. */
  readonly curves: string;
  readonly rest: string;
}

export function charts(data: ChartData): Charts {
  const { gains, curves, groupings, evidence, evidenceLeftOut } = data;
  const { distances, distributions, history, rollout } = data;
  const rest = [
    section('Evidence', evidenceCaption(evidenceLeftOut), evidence.map(forestFigure)),
    section(
      'Distances',
      'How far each column is from the reference, against its margin.',
      distances === undefined ? [] : [forestFigure(distances)],
    ),
    section('Distributions', distributionCaption(distributions), [
      grid(distributions.map(distributionFigure)),
    ]),
    section('History', '', history === undefined ? [] : [historyFigure(history)]),
    section('Rollout', '', rollout === undefined ? [] : rolloutFigures(rollout)),
  ];
  return {
    gains: gains.map(forestFigure).join('\n'),
    curves: section(
      'Curves',
      modelKeys(
        curves.map(({ role }) => role),
        'dashed',
      ),
      [grid(curveFigures(curves), 'grid level'), calibrationNote(curves)],
    ),
    groups: groupings.map(groupFigures),
    groupKeys: `<p class="note">${modelKeys(groupedModels(data), 'hollow')} ${groupCaption(data)}</p>`,
    rest: rest.join('\n'),
  };
}

function groupedModels({ groupings }: ChartData): readonly string[] {
  return ['candidate', 'production'].filter((role) =>
    groupings.some(({ models }) => models.some((model) => model === role)),
  );
}

function groupCaption({ groupings }: ChartData): string {
  const figures = groupings.flatMap(({ rates }) => rates.flatMap((rate) => rate.figures));
  const bounded = figures.some(({ candidate }) => candidate?.lower !== undefined);
  return bounded ? 'Intervals hold for all groups of a column at once.' : '';
}

function grid(figures: readonly string[], className = 'grid'): string {
  return figures.length === 0 ? '' : `<div class="${className}">${figures.join('')}</div>`;
}

/** What the colours are, and what edges are made of. */
function distributionCaption(distributions: readonly DistributionChart[]): string {
  const keys = `${key(REFERENCE, 'reference')} ${key(CURRENT, 'current')}`;
  return distributions.some(({ bins }) => bins !== undefined)
    ? `${keys} Bins end at quantiles, which may be values of rows. If the edge of a bin is dashed or faint, only the bound in words is known.`
    : keys;
}

function evidenceCaption(leftOut: number): string {
  const rest = leftOut === 0 ? '' : ` ${count(leftOut, 'more check')} with less severe results in the table.`;
  return `Estimate and interval. The upright mark is the margin, or the limit of the condition if there is one.${rest}`;
}

/** `caption` is HTML. */
function section(title: string, caption: string, figures: readonly string[]): string {
  const body = figures.filter((part) => part !== '').join('\n');
  if (body === '') return '';
  return `<section><h2>${title}</h2>${caption === '' ? '' : `<p class="note">${caption}</p>`}\n${body}</section>`;
}
