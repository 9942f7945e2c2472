import type { Files } from '../ports/ports.ts';
import { MissingFile } from '../problem/problem.ts';
import { isFailedRequest, type LoggedPrediction, readPredictionLog } from '../read/prediction-log.ts';
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
export function logMetrics(pattern: string, files: Pick<Files, 'glob' | 'source'>): MetricSource {
  return {
    baseline: async () => ({ canary: NO_COUNTS, stable: NO_COUNTS }),
    read: async (look, seen) => {
      const paths = await filesOf(pattern, files);
      if (paths.length === 0) return { kind: 'no-series', message: `no file matches ${pattern}` };
      const period = { since: look.since.getTime(), until: look.now.getTime() };
      const { rows } = await readPredictionLog(
        paths.map((path) => files.source(path)),
        period,
      );
      return increaseOf(countRows(rows, look), seen);
    },
  };
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
