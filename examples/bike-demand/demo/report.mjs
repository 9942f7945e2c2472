/** The results as one page, without network or scripts. */
import { COLUMNS, rowOf } from './table.mjs';

/** Of the lines; what has none is in the table only, so that the chart can be read. */
const COLOURS = {
  never: '#b0b0b0',
  'every 4 weeks, clean': '#7fa7d6',
  'cron every week, no gates': '#9b7fc4',
  'cron every 4 weeks, no gates': '#d6a55f',
  'ml-loop': '#c0392b',
};
const SIZE = { width: 980, height: 380, left: 46, right: 14, top: 14, bottom: 30 };

export function reportHtml({ policies, spared, facts, checks, broken, target, node }) {
  const promoted = facts.releases.filter(({ phase }) => phase === 'promoted');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Two years of a bike-rental model</title><style>${STYLE}</style></head><body>
<h1>Two years of a bike-rental model</h1>
<p>Hourly bike rentals in Washington D.C., 2011 and 2012, played week by week through the actions of ml-loop, with real
requests through a proxy. Each week is predicted by a model that was trained on earlier weeks only.</p>
${table(COLUMNS, policies.map(rowOf))}
<p>The error is in rentals an hour. Incidents are weeks, except for failed requests. The policies <i>no gates</i> live in the
same world as ml-loop: a cron job trains on the batches as they arrive, broken ones too, and releases what it gets. The
<i>clean</i> ones are an upper bound: every batch is in time and unbroken, and nothing goes wrong. <i>Worse in
hindsight</i>: weeks of releases that erred more than 5 % above the model before them; no gate could know all of these.
${escapeHtml(`Without the bad training and the failing build: ${spared.map(({ name, mae }) => `${name} ${mae.toFixed(1)}`).join(', ')}.`)}</p>
<p>The target was an error of at most ${target.mae.toFixed(1)}, 5 % above the clean policy of as many trainings, with at most
${target.trainings} trainings. ml-loop judges each candidate on about 16 days that it has not seen, so its models are two
weeks older than those of a policy that judges nothing.</p>
<h2>Error per week</h2>
${chart(policies, facts)}
<h2>What ml-loop had to do</h2>
<ul>${checks.map(({ what, holds }) => `<li class="${holds ? 'ok' : 'no'}">${holds ? '✓' : '✗'} ${escapeHtml(what)}</li>`).join('')}</ul>
<h2>Batches</h2>
<p>${facts.stopped.length} of ${broken} broken batches were stopped and ${facts.missed.length} missed; ${facts.goodStopped.length} good batches were stopped.</p>
${table(
  ['week', 'broken by', 'what validate-data said'],
  facts.stopped.map(({ week, kind, summary, report }) => [week, kind, link(summary, report)]),
  true,
)}
<h2>Trainings</h2>
${table(
  ['training', 'week', 'asked for by', 'looks', 'against production', 'verdict', ''],
  facts.trainings.map(({ number, week, reasons, looks, comparison, status, summary, report, bad }) => [
    number,
    week,
    escapeHtml(reasons.join(', ')),
    looks,
    escapeHtml(comparison || '–'),
    escapeHtml(status),
    link(summary, report) + (bad ? ' <b>(bad on purpose)</b>' : ''),
  ]),
  true,
)}
<h2>Releases</h2>
<p>${promoted.length} promoted, ${facts.releases.filter(({ phase }) => phase === 'rolled-back').length} rolled back; ${facts.failedRequests} requests failed and were asked again.</p>
${table(
  ['version', 'training', 'week', 'end', ''],
  facts.releases.map(({ version, training, week, phase, summary, report, failing, retry }) => [
    escapeHtml(version),
    training,
    week,
    escapeHtml(phase),
    link(summary, report) + (failing ? ' <b>(fails on purpose)</b>' : retry ? ' (build repaired)' : ''),
  ]),
  true,
)}
<footer>${facts.runs} runs of the actions’ bundles under Node ${escapeHtml(node)}. All figures are of this run; it is repeatable.
Data: UCI Machine Learning Repository, Bike Sharing Dataset, Fanaee-T and Gama 2013, CC BY 4.0.</footer>
</body></html>
`;
}

function chart(policies, { releases }) {
  const { width, height, left, right, top, bottom } = SIZE;
  const weeks = policies[0].weeks.map(({ week }) => week);
  const drawn = policies.filter(({ name }) => COLOURS[name] !== undefined);
  const highest = Math.max(...drawn.flatMap((policy) => policy.weeks.map(({ mae }) => mae)));
  const x = (week) => left + ((week - weeks[0]) / (weeks.at(-1) - weeks[0])) * (width - left - right);
  const y = (mae) => height - bottom - (mae / highest) * (height - top - bottom);
  const ticks = Array.from({ length: Math.floor(highest / 50) + 1 }, (_, index) => index * 50);
  const lines = drawn.map(({ name, weeks: points }) => {
    const d = points
      .map(({ week, mae }, index) => `${index ? 'L' : 'M'}${x(week).toFixed(1)},${y(mae).toFixed(1)}`)
      .join('');
    return `<path d="${d}" fill="none" stroke="${COLOURS[name]}" stroke-width="${name === 'ml-loop' ? 2.2 : 1.3}"/>`;
  });
  const marks = releases.map(
    ({ week, phase }) =>
      `<circle cx="${x(week + 1).toFixed(1)}" cy="${height - bottom}" r="3.5" fill="${phase === 'promoted' ? '#2e7d32' : '#c0392b'}"/>`,
  );
  const years = [
    ['2011', weeks[0]],
    ['2012', 52],
  ].map(([text, week]) => `<text x="${x(week)}" y="${height - 8}">${text}</text>`);
  const grid = ticks.map(
    (tick) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}" class="grid"/><text x="${left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  const legend = drawn.map(({ name }) => `<span><i style="background:${COLOURS[name]}"></i>${name}</span>`);
  return `<div class="legend">${legend.join('')}<span><i class="dot" style="background:#2e7d32"></i>promoted</span><span><i class="dot" style="background:#c0392b"></i>rolled back</span></div>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Mean absolute error per week of ${drawn.length} policies">${[...grid, ...years, ...lines, ...marks].join('')}</svg>`;
}

function table(header, rows, isHtml = false) {
  const cells = (row, tag) =>
    `<tr>${row.map((cell) => `<${tag}>${isHtml ? cell : escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${cells(header, 'th')}${rows.map((row) => cells(row, 'td')).join('')}</table>`;
}

/** Reports are written relative to the repository, `demo-report/repository`. */
function link(text, report) {
  return report
    ? `<a href="${encodeURI(report.replace(/^\.\.\//, ''))}">${escapeHtml(text ?? '')}</a>`
    : escapeHtml(text ?? '');
}

function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
body{font:16px/1.55 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.7rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;font-size:.92rem}th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid #ddd;vertical-align:top}
svg{width:100%;height:auto}text{font-size:11px;fill:#666}.grid{stroke:#e4e4e4}
.legend span{margin-right:1.1rem;font-size:.85rem;color:#444}.legend i{display:inline-block;width:1.1rem;height:3px;margin-right:.35rem;vertical-align:middle}
.legend i.dot{width:8px;height:8px;border-radius:50%}ul{list-style:none;padding:0}.ok{color:#2e7d32}.no{color:#c0392b;font-weight:600}
footer{margin-top:2.5rem;font-size:.82rem;color:#777}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}th,td{border-color:#333}.grid{stroke:#2c2c2c}text{fill:#999}.legend span{color:#bbb}a{color:#8ab4f8}.ok{color:#81c784}}`;
