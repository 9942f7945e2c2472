import type { Files } from '../ports/ports.ts';
import { grouped } from '../problem/numbers.ts';
import { MissingFile, UserError } from '../problem/problem.ts';
import {
  isFailedRequest,
  type LoggedPrediction,
  leftText,
  readPredictionLog,
} from '../read/prediction-log.ts';
import {
  type ArmCounts,
  type Counts,
  increaseOf,
  type MetricSource,
  type MetricsLook,
  NO_COUNTS,
  type ServedVersion,
} from './metrics.ts';

/**
 * Counts from a prediction log: the rows of the two versions since traffic began. A row belongs to the version that its
 * `model` names (version or digest); one without `model`, to its `variant`. Rows are counted again at every look, so that
 * rows that come late are counted too.
 */
export function logMetrics(
  { pattern, maxUnreadable }: LogOptions,
  files: Pick<Files, 'glob' | 'source'>,
): MetricSource {
  return {
    baseline: async () => ({ canary: NO_COUNTS, stable: NO_COUNTS }),
    read: async (look, seen) => {
      const paths = await filesOf(pattern, files);
      if (paths.length === 0) return { kind: 'no-series', message: `no file matches ${pattern}` };
      const period = { since: look.since.getTime(), until: look.now.getTime() };
      const sources = paths.map((path) => files.source(path));
      try {
        const log = await readPredictionLog(sources, { ...period, maxUnreadable });
        const left = leftText(log);
        return {
          ...increaseOf(countRows(log.rows, look), seen),
          ...(left === undefined ? {} : { left }),
        };
      } catch (error) {
        // Like a server that cannot be reached: limits of time still hold.
        if (error instanceof UserError) return { kind: 'unreadable', message: firstProblem(error) };
        throw error;
      }
    },
  };
}

export interface LogOptions {
  readonly pattern: string;
  /** The share of lines that may be left out because they cannot be used. */
  readonly maxUnreadable: number;
}

function firstProblem({ problems }: UserError): string {
  const [first] = problems;
  const more = problems.length > 1 ? `, and ${grouped(problems.length - 1)} more problems` : '';
  return `${first?.where ?? 'the log'}: ${first?.what ?? 'cannot be read'}${more}`;
}

/** A server writes its log with its first request, so a log that is not there yet is not a mistake. */
async function filesOf(pattern: string, files: Pick<Files, 'glob'>): Promise<readonly string[]> {
  try {
    return await files.glob([pattern]);
  } catch (error) {
    if (error instanceof MissingFile) return [];
    throw error;
  }
}

function countRows(rows: readonly LoggedPrediction[], look: MetricsLook): ArmCounts {
  const counts = { canary: { ...NO_COUNTS }, stable: { ...NO_COUNTS } };
  for (const row of rows) {
    const arm = armOf(row, look);
    if (arm === undefined) continue;
    const counted: { -readonly [K in keyof Counts]: Counts[K] } = counts[arm];
    const failed = isFailedRequest(row);
    counted.requests += 1;
    if (failed !== undefined) counted.judged += 1;
    if (failed === true) counted.errors += 1;
    if (row.latencyMs === undefined || look.maxLatencyMs === null) continue;
    counted.timed += 1;
    if (row.latencyMs > look.maxLatencyMs) counted.slow += 1;
  }
  return counts;
}

function armOf(
  { model, variant }: LoggedPrediction,
  { canary, stable }: MetricsLook,
): 'canary' | 'stable' | undefined {
  if (model === undefined) return variant;
  if (names(canary, model)) return 'canary';
  return stable !== null && names(stable, model) ? 'stable' : undefined;
}

function names({ version, digest }: ServedVersion, model: string): boolean {
  return model === version || model === digest;
}
