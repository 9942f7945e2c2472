/** The results as text. */

export function tableOf({ policies, facts, checks, target, broken }) {
  const rows = policies.map(({ name, mae, trainings }) => [name, mae.toFixed(1), String(trainings)]);
  const loop = policies.find(({ name }) => name === 'ml-loop');
  const promoted = facts.releases.filter(({ phase }) => phase === 'promoted').length;
  const back = facts.releases.filter(({ phase }) => phase === 'rolled-back').length;
  const refused = facts.trainings.filter(({ status }) => status !== 'pass' && status !== 'warn').length;
  const met = loop.mae <= target.mae && loop.trainings <= target.trainings;
  return [
    '',
    grid(['policy', 'mean absolute error', 'trainings'], rows),
    '',
    `broken batches: ${facts.stopped.length} of ${broken} stopped, ${facts.missed.length} missed; good batches stopped: ${facts.goodStopped.length}`,
    `candidates: ${facts.trainings.length} trained, ${refused} not accepted; releases: ${promoted} promoted, ${back} rolled back`,
    `action runs: ${facts.runs}; requests that failed during rollouts and were asked again: ${facts.failedRequests}`,
    'The other policies see every batch in time and unbroken, judge nothing and release at once; docs/demo.md says what that is worth.',
    `target (error at most ${target.mae} with at most ${target.trainings} trainings): ${met ? 'met' : 'MISSED'}`,
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
