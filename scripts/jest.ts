/** Runs Jest, and counts what it ran in one line, from Jest's own report. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** One more than there are cores: a third of the time, suites wait for processes and servers. */
const WORKERS = availableParallelism() + 1;

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numFailedTestSuites: number;
  numRuntimeErrorTestSuites: number;
}

/**
 * Jest's exit code, once the line is printed. Jest runs in a process group of its own, and whatever it started and left
 * running (a server of a test that failed or was killed) ends with it.
 */
export async function runJest(args: readonly string[]): Promise<number> {
  const report = `.cache/jest-report-${process.pid}.json`;
  mkdirSync('.cache', { recursive: true });
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      `--maxWorkers=${WORKERS}`,
      '--json',
      `--outputFile=${report}`,
      ...args,
    ],
    { stdio: ['inherit', 'ignore', 'inherit'], detached: true },
  );
  const endAll = () => endGroup(jest.pid);
  process.once('exit', endAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130));
  const status = await new Promise<number>((resolve) => jest.once('exit', (code) => resolve(code ?? 1)));
  endAll();
  process.off('exit', endAll);
  if (!existsSync(report)) {
    console.error('Jest was ended before it could report.');
    return 1;
  }
  const counts = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
  rmSync(report);
  console.log(lineOf(counts));
  return status;
}

function lineOf(counts: JestReport): string {
  // A suite that could not be loaded holds no failed test, yet nothing of it was tested.
  const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites;
  const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : '';
  return `${counts.numPassedTests} passed, ${failed} failed${skipped}`;
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nothing of it runs any more.
  }
}
