import { type PlotOptions, plot } from '@observablehq/plot';
import { SvgDocument, type SvgElement } from './svg-document.ts';

/** Pixels of a chart as wide as the page, and as wide as that of a telephone: text does not shrink with a chart. */
const BROAD = 860;
const NARROW = 320;
/** Colours by name, so that the page's scheme decides, light or dark. */
export const FAINT = 'var(--faint)';
export const MUTED = 'var(--muted)';
export const INK = 'var(--ink)';
export const CURRENT = 'var(--series-1)';
export const REFERENCE = 'var(--reference)';

/** One plot as SVG markup. Its style sheet is dropped, for the page has the same rules. */
export function draw(label: string, options: PlotOptions): string {
  const svg: SvgElement = plot({
    document: new SvgDocument(),
    className: 'plot',
    ariaLabel: label,
    ...options,
  });
  const style = svg.querySelector('style');
  if (style !== null) svg.removeChild(style);
  svg.setAttribute('role', 'img');
  svg.setAttribute('font-family', 'inherit');
  svg.setAttribute('font-size', '12');
  return svg.toString();
}

/** A plot as wide as the page, drawn twice, of which the page shows the one that fits. */
export function drawBroad(label: string, options: (isNarrow: boolean) => PlotOptions): string {
  const one = (isNarrow: boolean) =>
    `<div class="${isNarrow ? 'narrow' : 'broad'}">${draw(label, {
      width: isNarrow ? NARROW : BROAD,
      ...options(isNarrow),
    })}</div>`;
  return one(false) + one(true);
}

/** `title` and `svg` are HTML. */
export function figure(title: string, svg: string): string {
  return `<figure><figcaption>${title}</figcaption>${svg}</figure>`;
}

/** An entry of a legend; `label` is HTML. */
export function key(color: string, label: string, className: '' | 'dashed' | 'hollow' = ''): string {
  return `<span class="key${className && ` ${className}`}" style="--key:${color}">${label}</span>`;
}
