import { figure } from './draw.ts';
import type { Forest, ForestRow } from './forest-data.ts';
import { formatEstimate, formatNumber } from './format.ts';
import { escapeHtml } from './page.ts';

/** Numbers of an axis, at most about as many. */
const TICKS = 5;

/**
 * A forest plot in HTML: name, estimate with interval and limit, and the figures in words. Places are shares of the
 * width, so that it fits every page and no text shrinks with it.
 */
export function forestFigure({ title, rows, gains }: Forest): string {
  const scale = new Scale(gains ? gainDomain(rows) : forestDomain(rows));
  const lines = rows.map((row) => rowHtml(row, scale, gains === true));
  const body = [gains ? directions(scale) : '', ...lines, axis(scale)].join('');
  return figure(escapeHtml(title), `<div class="forest">${body}</div>`);
}

class Scale {
  readonly #from: number;
  readonly #to: number;

  constructor([from, to]: readonly [number, number]) {
    this.#from = from;
    this.#to = to;
  }

  holds(x: number): boolean {
    return this.#from <= x && x <= this.#to;
  }

  /** The place in percent of the width; what lies beyond is put at the edge. */
  at(x: number): number {
    // Halves, for the whole of the largest numbers overflows.
    const share = (x / 2 - this.#from / 2) / (this.#to / 2 - this.#from / 2);
    return Math.round(10_000 * Math.min(1, Math.max(0, share))) / 100;
  }

  /** Round numbers within, in steps of 1, 2 or 5 times a power of ten. */
  ticks(): number[] {
    const rough = this.#to / TICKS - this.#from / TICKS;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * (rough / power >= 7 ? 10 : rough / power >= 3.2 ? 5 : rough / power >= 1.5 ? 2 : 1);
    const first = Math.ceil(this.#from / step);
    const count = Math.floor(this.#to / step) - first + 1;
    // Multiplied, not summed up, so that zero is zero.
    return Array.from({ length: Math.min(20, Math.max(0, count)) }, (_, i) =>
      Number(((first + i) * step).toPrecision(12)),
    );
  }
}

function line(
  cells: readonly [name: string, plot: string, word: string, figures: string],
  className = '',
): string {
  const [name, plot, word, figures] = cells;
  return `<div class="row${className}"><span class="name">${name}</span><span class="plot" aria-hidden="true">${plot}</span><span>${word}</span><span class="figures">${figures}</span></div>`;
}

function rowHtml(row: ForestRow, scale: Scale, gains: boolean): string {
  const { label, status, interval, estimate, limit } = row;
  const [low, high] = interval;
  const [from, to] = [low === null ? 0 : scale.at(low), high === null ? 100 : scale.at(high)];
  const ends = [
    low !== null && scale.holds(low) ? ' low' : '',
    high !== null && scale.holds(high) ? ' high' : '',
  ].join('');
  const plot = [
    gridLines(scale),
    gains && limit !== undefined ? `<i class="beyond" style="width:${scale.at(limit)}%"></i>` : '',
    scale.holds(0) ? mark('zero', scale.at(0)) : '',
    `<i class="range${ends}" style="left:${from}%;width:${Math.max(0, to - from)}%"></i>`,
    limit === undefined || !scale.holds(limit) ? '' : mark('limit', scale.at(limit)),
    scale.holds(estimate) ? mark('dot', scale.at(estimate)) : '',
  ].join('');
  const word = row.word ?? status ?? '';
  const color = status ?? 'plain';
  return line(
    [
      escapeHtml(label),
      plot,
      `<b class="${color}">${escapeHtml(word)}</b>`,
      escapeHtml(row.figures ?? formatEstimate(estimate, interval)),
    ],
    ` is-${color}`,
  );
}

function mark(className: string, at: number, text = ''): string {
  return `<i class="${className}" style="left:${at}%">${text}</i>`;
}

function gridLines(scale: Scale): string {
  return scale
    .ticks()
    .map((x) => mark('tick', scale.at(x)))
    .join('');
}

function axis(scale: Scale): string {
  const numbers = scale.ticks().map((x) => mark('number', scale.at(x), escapeHtml(formatNumber(x))));
  return line(['', numbers.join(''), '', ''], ' axis');
}

function directions(scale: Scale): string {
  const at = scale.at(0);
  return line(['', mark('worse', at, '← worse') + mark('better', at, 'better →'), '', ''], ' axis');
}

/** From the least to the greatest of what is shown, with zero if it is near. */
function forestDomain(rows: readonly ForestRow[]): [number, number] {
  const [low, high, span] = extent(rows);
  const from = low > 0 && low < span ? 0 : low;
  const to = high < 0 && -high < span ? 0 : high;
  if (from === to) return [from, from + span];
  return [from === 0 ? 0 : from - 0.05 * span, to === 0 ? 0 : to + 0.05 * span];
}

/** Limits beyond which an interval is cut at the edge: it would make all others points. */
const REACH = 20;

/** With zero, the limit and room for the words beside zero. */
function gainDomain(rows: readonly ForestRow[]): [number, number] {
  const margin = Math.max(...rows.map((row) => -(row.limit ?? 0)));
  const [low, high] = extent([...rows, { label: '', estimate: 0, interval: [null, null] }]);
  const reach = margin > 0 ? REACH * margin : Number.POSITIVE_INFINITY;
  const [from, to] = [Math.max(-reach, low), Math.min(reach, high)];
  const span = to - from || 1;
  return [Math.min(from - 0.06 * span, -0.3 * span), Math.max(to + 0.06 * span, 0.3 * span)];
}

function extent(rows: readonly ForestRow[]): [low: number, high: number, span: number] {
  const shown = rows.flatMap(({ estimate, interval, limit }) =>
    [estimate, ...interval, limit].filter((x): x is number => typeof x === 'number'),
  );
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  return [low, high, high - low || Math.abs(high) || 1];
}
