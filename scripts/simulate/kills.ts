import { type Outcome, prepare, SCENARIOS } from '../../test/support/kills.ts';

/**
 * Kills the built actions at everything that they do to the disk, and runs each again.
 *
 * @returns the table of what was tried.
 * @throws Error naming each kill after which the next run did not end as if there had been none.
 */
export async function kills(): Promise<string> {
  const rows: string[] = [];
  const failures: string[] = [];
  let tried = 0;
  for (const scenario of SCENARIOS) {
    const prepared = await prepare(scenario);
    const outcomes: Outcome[] = [];
    // Several at a time: each waits for its processes.
    const places = prepared.places.values();
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async () => {
        for (const place of places) outcomes.push(await prepared.kill(place));
      }),
    );
    prepared.remove();
    const failed = outcomes.filter(({ problem }) => problem !== undefined);
    failures.push(
      ...failed.map(({ at, operation, problem }) => `${scenario.name}, ${at} ${operation}: ${problem}`),
    );
    rows.push(`| ${scenario.name} | ${outcomes.length} | ${outcomes.length - failed.length} |`);
    tried += outcomes.length;
    console.log([rows.at(-1), ...failures].join('\n'));
  }
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return [
    '| killed | kills | recovered |',
    '| --- | --- | --- |',
    ...rows,
    `| all | ${tried} | ${tried} |`,
  ].join('\n');
}
