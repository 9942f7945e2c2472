/** The results as text. */

/** The columns of the comparison. Clean policies have no incidents, because nothing goes wrong in their world. */
export const COLUMNS = [
  'policy',
  'mean absolute error',
  'trainings',
  'learned from broken',
  'bad model',
  'failing release',
  'failed requests',
  'worse in hindsight',
];

/** A row of the comparison; incidents are weeks, but for the failed requests. */
export function rowOf({ name, mae, trainings, incidents }) {
  const crashed = incidents?.crashed ? ` (${incidents.crashed} crashed)` : '';
  const counts = incidents
    ? [incidents.learned, incidents.bad, incidents.failing, incidents.failed, incidents.worse]
    : Array(5).fill('–');
  return [name, mae.toFixed(1), `${trainings}${crashed}`, ...counts.map(String)];
}

export function tableOf({ policies, spared, facts, checks, target, broken }) {
  const loop = policies.find(({ name }) => name === 'ml-loop');
  const promoted = facts.releases.filter(({ phase }) => phase === 'promoted').length;
  const back = facts.releases.filter(({ phase }) => phase === 'rolled-back').length;
  const refused = facts.trainings.filter(({ status }) => status !== 'pass' && status !== 'warn').length;
  const again = facts.trainings.filter(({ looks }) => looks > 1).length;
  const met = loop.mae <= target.mae && loop.trainings <= target.trainings;
  return [
    '',
    grid(COLUMNS, policies.map(rowOf)),
    '',
    'Incidents are weeks, except for failed requests; ml-loop’s were asked again, and the version before answered them.',
    `Without the two planted faults, with broken batches only: ${spared.map(({ name, mae }) => `${name} ${mae.toFixed(1)}`).join(', ')}.`,
    `broken batches: ${facts.stopped.length} of ${broken} stopped, ${facts.missed.length} missed; good batches stopped: ${facts.goodStopped.length}`,
    `candidates: ${facts.trainings.length} trained, ${again} judged twice, ${refused} not accepted; releases: ${promoted} promoted, ${back} rolled back`,
    `action runs: ${facts.runs}`,
    `target (error at most ${target.mae.toFixed(1)}, 5 % above the clean policy, with at most ${target.trainings} trainings): ${met ? 'met' : 'MISSED'}`,
    '',
    ...checks.map(({ what, holds }) => `${holds ? 'ok  ' : 'FAIL'} ${what}`),
  ].join('\n');
}

function grid(header, rows) {
  const widths = header.map((cell, at) => Math.max(cell.length, ...rows.map((row) => row[at].length)));
  const line = (cells) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
