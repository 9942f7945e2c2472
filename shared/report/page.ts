import type { Status } from '../verdict/status.ts';
import { plain } from './markdown.ts';

/** Text inside HTML elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return plain(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A status as its word with a mark; never by colour alone. */
export function statusHtml(status: Status | 'error'): string {
  return `<span class="status ${status}">${status}</span>`;
}

/** A table; header and cells are HTML already. On a narrow page each cell is a line, after its header if that is plain. */
export function tableHtml(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  className = '',
): string {
  const line = (tag: string) => (cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const head = header.length === 0 ? '' : `<thead>${line('th')(header)}</thead>`;
  return `<div class="wide"><table class="${className}"${labels(header)}>${head}<tbody>${rows.map(line('td')).join('\n')}</tbody></table></div>`;
}

/** Columns whose cells have their header before them. */
const LABELLED = 32;

/** Headers as texts for the style sheet, so that each is written once; what could end such a text is left out. */
function labels(header: readonly string[]): string {
  const names = header.slice(0, LABELLED).flatMap((name, at) => {
    return at > 0 && /^[\p{L}\p{N}_.,:%×* ()-]+$/u.test(name) ? [`--h${at + 1}:'${name}: '`] : [];
  });
  return names.length === 0 ? '' : ` style="${names.join(';')}"`;
}

/** A whole document: no script, nothing fetched, which its policy also forbids. `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Rows one below another, each cell on a line after its header. */
function stacked(table: string): string {
  const labelled = Array.from({ length: LABELLED - 1 }, (_, i) => i + 2).map(
    (at) =>
      `  ${table}.measures td:nth-child(${at}):not(:empty)::before { content: var(--h${at}, ''); color: var(--muted); }`,
  );
  return `  ${table}, ${table} :is(tbody, tr, td) { display: block; width: auto !important; text-align: left !important; white-space: normal !important; overflow-wrap: anywhere; }
  ${table} thead { display: none; }
  ${table} td { border: 0; padding: .1rem 0; }
  ${table} tr { border-bottom: 1px solid var(--faint); padding: .6rem 0; }
  ${table}.measures tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); column-gap: 1rem; }
  ${table}.measures td:first-child:not(:last-child) { font-weight: 600; grid-column: 1 / -1; }
${labelled.join('\n')}`;
}

const STYLE = `
:root {
  --paper: #fff; --ink: #1d2126; --muted: #68707a; --faint: #e6e8eb; --wash: #f6f7f8;
  --pass: #1a7f4b; --warn: #9a6300; --inconclusive: #6a4fc4; --fail: #c02f2b;
  --series-1: #2f6fb7; --series-2: #b8561b; --series-3: #3b8554; --series-4: #8a4f9e; --reference: #c9ced4;
  --shade: 47 111 183; --shade-loss: 196 92 30;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e4e7ea; --muted: #98a1ab; --faint: #2a2f35; --wash: #1b1f23;
    --pass: #57b983; --warn: #d6a13c; --inconclusive: #a893f0; --fail: #f07872;
    --series-1: #74aef0; --series-2: #e5935c; --series-3: #7cc295; --series-4: #c592d6; --reference: #454c54;
    --shade: 116 174 240; --shade-loss: 229 147 92;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.25; font-weight: 650; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; font-weight: 650; margin: 2.75rem 0 .75rem; }
h3 { font-size: .95rem; font-weight: 600; margin: 1.5rem 0 .5rem; }
p { margin: 0 0 .75rem; max-width: 46rem; }
a { color: var(--series-1); }
code { font: .92em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.kicker, .note, footer { color: var(--muted); font-size: .875rem; font-weight: 400; }
.kicker { margin: 0 0 .25rem; }
.lead { font-size: 1.15rem; margin: .5rem 0 0; }
.status { font-weight: 650; white-space: nowrap; }
.status::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; background: currentColor; margin-right: .45em; }
.status.inconclusive::before, .status.warn::before { background: none; border: .15em solid currentColor; }
.status.warn::before, .status.error::before { border-radius: 0; }
.pass { color: var(--pass); } .warn { color: var(--warn); } .inconclusive { color: var(--inconclusive); } .fail, .error { color: var(--fail); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .5rem 1.25rem .5rem 0; border-bottom: 1px solid var(--faint); }
th { color: var(--muted); font-weight: 500; font-size: .8125rem; padding-top: 0; white-space: nowrap; }
td > div + div { margin-top: .25rem; }
th:last-child, td:last-child { padding-right: 0; }
table.measures td:first-child { overflow-wrap: anywhere; min-width: 8rem; }
table.measures th:not(:first-child), table.measures td:not(:first-child) { text-align: right; white-space: nowrap; }
table.checks td:nth-child(2) { width: 24%; overflow-wrap: anywhere; }
table.checks td:nth-child(4) { width: 26%; }
table.stages td:nth-child(-n+3) { white-space: nowrap; }
table + .note, .wide + .note { margin-top: .6rem; }
section > .wide:first-child { margin-top: 2rem; }
td .note { font-size: .8125rem; }
.note code { font-size: 1em; }
table.checks td:first-child { width: 8.25rem; }
table.subjects td:nth-child(-n+3) { white-space: nowrap; }
table.pairs td:first-child { width: 18rem; color: var(--muted); }
table.gains td:nth-child(-n+3), table.gains th:nth-child(-n+3) { text-align: left !important; white-space: nowrap; }
table.gains th:nth-child(n+4) { white-space: normal !important; min-width: 4.25rem; }
table.gains td:first-child { min-width: 0; }
table.gains th, table.gains td { padding-right: .9rem; }
table.slices td:last-child, table.slices th:last-child { width: 130px; text-align: center !important; }
table.examples td:first-child { white-space: nowrap; }
.side { display: flex; flex-wrap: wrap; gap: 1rem 2.25rem; }
table.confusion { width: auto; border-spacing: 0; }
table.confusion caption { text-align: left; font-weight: 600; font-size: .875rem; padding-bottom: .35rem; }
table.confusion th { padding: .3rem .7rem; border: 0; text-align: center; max-width: 7rem; overflow: hidden; text-overflow: ellipsis; }
table.confusion th[scope=row] { text-align: right; vertical-align: middle; padding-left: 0; }
table.confusion td { padding: .3rem .7rem; text-align: right; border: 1px solid var(--paper); white-space: nowrap; background: rgb(var(--shade) / calc(var(--s, 0) * .5)); }
table.confusion td.loss { --shade: var(--shade-loss); }
table.confusion td .note { display: block; font-size: .75rem; color: inherit; opacity: .75; }
svg.bar { display: inline-block; vertical-align: middle; overflow: visible; fill: currentColor; stroke: currentColor; }
svg.bar path { stroke-width: 2; } svg.bar .zero { stroke: var(--muted); stroke-width: 1; opacity: .6; } svg.bar .limit { stroke: var(--ink); stroke-width: 1.5; }
.forest { display: grid; grid-template-columns: fit-content(15rem) minmax(9rem, 1fr) max-content max-content; column-gap: 1.25rem; font-size: .8125rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.forest .row { display: contents; }
.forest .row > span { padding: .3rem 0; min-width: 0; overflow-wrap: anywhere; }
.forest .plot { position: relative; min-height: 1.65rem; padding: 0 !important; --c: var(--series-1); }
.forest .is-pass .plot { --c: var(--pass); } .forest .is-warn .plot { --c: var(--warn); } .forest .is-inconclusive .plot { --c: var(--inconclusive); } .forest .is-fail .plot { --c: var(--fail); }
.forest .plot i { position: absolute; font-style: normal; }
.forest .tick, .forest .zero, .forest .limit { top: 0; bottom: 0; width: 0; border-left: 1px solid var(--faint); }
.forest .zero { border-color: var(--muted); opacity: .6; } .forest .limit { border-left: 2px solid var(--ink); margin-left: -1px; }
.forest .beyond { left: 0; top: 0; bottom: 0; background: var(--fail); opacity: .1; }
.forest .range { top: 50%; margin-top: -.25rem; height: .5rem; box-sizing: border-box; }
.forest .range::before { content: ""; position: absolute; left: 0; right: 0; top: 50%; margin-top: -1px; border-top: 2px solid var(--c); }
.forest .range.low { border-left: 2px solid var(--c); } .forest .range.high { border-right: 2px solid var(--c); }
.forest .dot { top: 50%; width: 0; height: 0; margin: -.28rem 0 0 -.28rem; border: .28rem solid var(--c); border-radius: 50%; }
.forest .axis .plot { min-height: 1.2rem; color: var(--muted); }
.forest .number { transform: translateX(-50%); white-space: nowrap; } .forest .worse { transform: translateX(-100%); padding-right: .5rem; white-space: nowrap; } .forest .better { padding-left: .5rem; white-space: nowrap; }
.forest b { font-weight: 600; }
details { border-top: 1px solid var(--faint); padding: .6rem 0; }
details:last-of-type { border-bottom: 1px solid var(--faint); }
section > .wide + details { border-top: 0; }
details > .wide, details > h3 { margin-top: .75rem; }
summary { cursor: pointer; }
figure { margin: 0 0 1.25rem; }
figcaption { font-size: .875rem; font-weight: 600; margin-bottom: .25rem; overflow-wrap: anywhere; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .75rem 1.75rem; }
.grid.level { align-items: end; }
.key { white-space: nowrap; margin-right: 1rem; }
.key::before { content: ""; display: inline-block; width: .9em; height: .6em; background: var(--key); margin-right: .4em; }
.key.dashed::before { height: .15em; vertical-align: middle; background: repeating-linear-gradient(90deg, var(--key) 0 .35em, transparent .35em .55em); width: 1.25em; }
.key.hollow::before { background: none; border: .12em solid var(--key); width: .65em; }
figcaption .key { font-weight: 400; margin: 0 0 0 .75rem; }
svg.plot { display: block; max-width: 100%; height: auto; font-variant-numeric: tabular-nums; }
svg.plot text { white-space: pre; }
.narrow { display: none; }
@media print { .narrow { display: none; } .broad { display: block; } }
footer { margin-top: 3rem; }
${stacked('table.stacked')}
@media (max-width: 54rem) {
${stacked('table.gains')}
}
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
  .narrow { display: block; } .broad { display: none; }
${stacked('table:not(.confusion, .pairs)')}
  table.checks td:nth-child(2) > div { display: inline-block; margin-right: .6rem; }
  table.pairs td:first-child { width: 9rem; }
  .forest { display: block; }
  .forest .row { display: grid; grid-template-columns: 1fr max-content; column-gap: 1rem; margin-bottom: .5rem; }
  .forest .row > span { padding: .1rem 0; }
  .forest .name { grid-area: 1 / 1; } .forest .name + .plot { grid-area: 2 / 1 / 3 / 3; } .forest .plot + span { grid-area: 1 / 2; } .forest .figures { grid-area: 3 / 1 / 4 / 3; }
  .forest .axis > span:not(.plot) { display: none; }
}
@media print { main { padding: 0; max-width: none; } details:not([open]) { display: none; } }
`;
