/** Draws what `chartData` found, with Observable Plot; loaded only when there is something to draw. */
import type { ChartData } from './chart-data.ts';
import { distributionFigure } from './distributions.ts';
import { CURRENT, key, REFERENCE } from './draw.ts';
import { forestFigure } from './forest.ts';
import { count } from './format.ts';
import { historyFigure, rolloutFigures } from './timelines.ts';

/** All charts as HTML figures. */
export function charts(data: ChartData): string {
  const { evidence, evidenceLeftOut, distances, distributions, history, rollout } = data;
  const parts = [
    section('Evidence', evidenceCaption(evidenceLeftOut), evidence.map(forestFigure)),
    section(
      'Distances',
      'How far each column is from the reference, against its margin.',
      distances === undefined ? [] : [forestFigure(distances)],
    ),
    section('Distributions', `${key(REFERENCE, 'reference')} ${key(CURRENT, 'current')}`, [
      distributions.length === 0
        ? ''
        : `<div class="grid">${distributions.map(distributionFigure).join('')}</div>`,
    ]),
    section('History', '', history === undefined ? [] : [historyFigure(history)]),
    section('Rollout', '', rollout.length === 0 ? [] : rolloutFigures(rollout)),
  ];
  return parts.join('\n');
}

function evidenceCaption(leftOut: number): string {
  const rest = leftOut === 0 ? '' : ` ${count(leftOut, 'more check')} with less severe results in the table.`;
  return `Estimate and interval; the upright mark is the margin, where there is one.${rest}`;
}

/** `caption` is HTML. */
function section(title: string, caption: string, figures: readonly string[]): string {
  const body = figures.join('\n');
  if (body === '') return '';
  return `<section><h2>${title}</h2>${caption === '' ? '' : `<p class="note">${caption}</p>`}\n${body}</section>`;
}
