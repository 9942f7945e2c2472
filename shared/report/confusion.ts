import { clip, formatNumber, percent } from './format.ts';
import { type ConfusionTable, rowSum } from './model-data.ts';
import { escapeHtml } from './page.ts';

type Matrix = readonly (readonly number[])[];

/** The models' confusion matrices side by side, shaded by the share of their row, and the difference of the shares. HTML. */
export function confusionHtml(confusion: ConfusionTable): string {
  const { candidate, production, classes, summed } = confusion;
  const tables = [
    shares('candidate', confusion, candidate),
    ...(production === undefined ? [] : [shares('production', confusion, production)]),
    ...(production === undefined ? [] : [differences(confusion, candidate, production)]),
  ];
  const note =
    summed === 0
      ? ''
      : `<p class="note">The ${summed} rarest of ${classes.length - 1 + summed} labels are summed as “others”; the verdict file has each.</p>`;
  const points =
    production === undefined
      ? ''
      : ' In the table of differences (in points), more is better on the diagonal and worse elsewhere.';
  return `<p class="note">Rows are labels, columns are predictions. Each cell has the share of the label’s rows, and their number.${points}</p>
<div class="side">${tables.join('\n')}</div>${note}`;
}

function shares(title: string, confusion: ConfusionTable, matrix: Matrix): string {
  const cells = matrix.map((row) => {
    const total = rowSum(row);
    return row.map((n) => {
      const share = total === 0 ? undefined : n / total;
      const shade = share === undefined ? '' : shaded('', share);
      const shown = share === undefined ? '–' : percent(share);
      return `<td${shade}>${shown}<span class="note">${formatNumber(n)}</span></td>`;
    });
  });
  return table(title, confusion, cells);
}

function differences(confusion: ConfusionTable, candidate: Matrix, production: Matrix): string {
  const points = candidate.map((row, i) => {
    const [ours, theirs] = [rowSum(row), rowSum(production[i] ?? [])];
    return row.map((n, j) =>
      ours === 0 || theirs === 0 ? undefined : n / ours - (production[i]?.[j] ?? 0) / theirs,
    );
  });
  const largest = Math.max(0.02, ...points.flat().map((point) => Math.abs(point ?? 0)));
  const others = confusion.summed === 0 ? -1 : candidate.length - 1;
  const cells = points.map((row, i) =>
    row.map((point, j) => {
      if (point === undefined) return '<td>–</td>';
      const rounded = Math.round(point * 1000) / 10;
      // Within the summed classes there are errors on the diagonal too.
      const kind =
        rounded === 0 || (i === j && i === others) ? '' : rounded > 0 === (i === j) ? 'gain' : 'loss';
      const shade = kind === '' ? '' : shaded(kind, Math.abs(point) / largest);
      return `<td${shade}>${rounded > 0 ? '+' : ''}${formatNumber(rounded)}</td>`;
    }),
  );
  return table('difference', confusion, cells);
}

function shaded(kind: string, strength: number): string {
  const className = kind === '' ? '' : ` class="${kind}"`;
  return `${className} style="--s:${Math.round(strength * 100) / 100}"`;
}

function table(title: string, { classes }: ConfusionTable, cells: readonly (readonly string[])[]): string {
  const names = classes.map((name) => escapeHtml(clip(name, 16)));
  const head = names.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = cells.map((row, i) => `<tr><th scope="row">${names[i] ?? ''}</th>${row.join('')}</tr>`);
  return `<div class="wide"><table class="confusion"><caption>${title}</caption><thead><tr><td></td>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}
