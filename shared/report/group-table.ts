import { clip, formatNumber } from './format.ts';
import { disparityCells, type Grouping } from './group-data.ts';
import { details } from './measures.ts';
import { escapeHtml, tableHtml } from './page.ts';
import { figuresHtml } from './slice-table.ts';

const ROWS = 300;

/** Differences and ratios of a grouping, the models beside one another, and its rates by group. HTML. */
export function groupTables(grouping: Grouping): string {
  return [disparityTable(grouping), rateTable(grouping)].join('\n');
}

function disparityTable({ disparities, models }: Grouping): string {
  if (disparities.length === 0) return '';
  const header = ['difference', 'ratio'].flatMap((what) => models.map((model) => `${what}, ${model}`));
  const rows = disparities.map((disparity) => [
    escapeHtml(clip(disparity.name, 80)),
    ...disparityCells(disparity, models),
  ]);
  return tableHtml(['between groups', ...header], rows, 'measures');
}

function rateTable({ groups, rates, models }: Grouping): string {
  const rows = rates.flatMap((rate) =>
    groups.map(({ name, n }, index) => [
      escapeHtml(clip(rate.name, 80)),
      escapeHtml(clip(name, 80)),
      n === undefined ? '' : formatNumber(n),
      ...models.map((model) => {
        const figure = rate.figures[index]?.[model];
        return figure === undefined ? 'undefined' : figuresHtml(figure);
      }),
    ]),
  );
  const left = rows.length - ROWS;
  const note = left > 0 ? `<p class="note">${formatNumber(left)} more in the verdict file.</p>` : '';
  const table = tableHtml(['rate', 'group', 'rows', ...models], rows.slice(0, ROWS), 'measures');
  return details('rates by group, in figures', table + note);
}
