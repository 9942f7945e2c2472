import type { Ports } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import { execRouter } from './exec-router.ts';
import { fileRouter } from './file-router.ts';
import { logMetrics } from './log-metrics.ts';
import type { MetricSource } from './metrics.ts';
import { checkQueries, type PrometheusQueries, prometheusMetrics } from './prometheus.ts';
import type { Router } from './router.ts';

export interface RouterInputs {
  readonly router: string;
  readonly 'router-command': readonly string[] | undefined;
  readonly 'router-timeout': number;
}

/** The router that the input `router` names: `file:PATH`, or `exec:` with `router-command`. @throws UserError */
export function openRouter(inputs: RouterInputs, { files, clock, commands, log }: Ports): Router {
  const { router } = inputs;
  const command = inputs['router-command'];
  if (router.startsWith('file:')) {
    if (command !== undefined) {
      throw new UserError({
        what: 'is for router: exec: only',
        where: 'input router-command',
        fix: 'leave it out, or say router: exec:',
      });
    }
    return fileRouter(files.resolve(router.slice('file:'.length)), clock);
  }
  if (command === undefined || command.length === 0) {
    throw new UserError({
      what: 'is required with router: exec:',
      where: 'input router-command',
      fix: 'give the program and its arguments as a list',
    });
  }
  return execRouter({ command, timeoutMs: inputs['router-timeout'] }, commands, log);
}

export interface MetricInputs {
  readonly metrics: string;
  readonly queries: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly maxUnreadable: number;
}

/** The metrics that the input `metrics` names: `log:GLOB`, or `prometheus+http(s)://…` with `queries`. @throws UserError */
export function openMetrics(
  inputs: MetricInputs,
  withLatency: boolean,
  { files, http }: Ports,
): MetricSource {
  const { metrics, queries, maxUnreadable } = inputs;
  if (metrics.startsWith('log:')) {
    if (queries !== undefined) {
      throw new UserError({
        what: 'are for metrics: prometheus+http://… only',
        where: 'input queries',
        fix: 'leave them out',
      });
    }
    return logMetrics({ pattern: metrics.slice('log:'.length), maxUnreadable }, files);
  }
  const texts: PrometheusQueries = Object.fromEntries(
    Object.entries(queries ?? {}).map(([name, query]) => [name, String(query)]),
  );
  checkQueries(texts, withLatency);
  return prometheusMetrics(metrics, texts, http);
}
