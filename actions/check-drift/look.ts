import { chosenColumns } from '../../shared/compare/columns.ts';
import type { Reference } from '../../shared/compare/reference.ts';
import {
  newest,
  type ObservedWindow,
  observeLog,
  observeTables,
  type Period,
} from '../../shared/drift/observations.ts';
import { instantMs } from '../../shared/inputs/kinds.ts';
import type { Ports } from '../../shared/ports/ports.ts';
import { printProfile } from '../../shared/profile/file.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { createProfiler, type ProfiledRows } from '../../shared/profile/profiler.ts';
import { saidDialect } from '../../shared/read/dialect-inputs.ts';
import { dataFiles } from '../../shared/read/lake.ts';
import type { ModelVersion } from '../../shared/registry/registry.ts';
import { detectedDialect } from '../../shared/scan/profile-files.ts';
import { type Subject, subjectIdentity } from '../../shared/verdict/verdict.ts';
import type { Inputs } from './inputs.ts';
import type { DriftPlan } from './plan.ts';

export interface Context {
  readonly plan: DriftPlan;
  readonly now: Date;
  readonly champion: ModelVersion | null;
}

/** What the newest window holds. */
export interface WindowContents {
  readonly reference: Profile;
  readonly window: Period;
  readonly observed: ObservedWindow;
  readonly profiled: ProfiledRows;
  readonly profilePath: string;
  readonly subject: Subject;
}

/** Reads the newest data, and profiles the window of them beside the reference. */
export async function look(
  inputs: Inputs,
  ports: Ports,
  context: Context & { reference: Reference },
): Promise<WindowContents> {
  const { plan, now } = context;
  const { current, predictions, label, id, timestamp } = inputs;
  const reference = chosenColumns(context.reference.profile, {
    features: inputs.features,
    ignore: inputs.ignore,
    byThemselves: [id, label, timestamp ?? 'timestamp'],
  });
  const window = newest(now, inputs.window, inputs.lag);
  const watch = {
    ...{ window, since: plan.needsLabels ? sinceOf(inputs, context) : null, now },
    maxUnreadable: inputs['max-unreadable'],
  };
  const { paths } = await dataFiles(current ?? predictions ?? [], ports.files);
  const sources = paths.map((path) => ports.files.source(path));
  const profiler = createProfiler({ reference, missing: inputs['missing-values'] });
  const columns = {
    id,
    label,
    prediction: inputs.prediction,
    score: inputs.score,
    ...(timestamp === undefined ? {} : { timestamp }),
  };
  const observed =
    current === undefined
      ? await observeLog(sources, watch, profiler.add)
      : await observeTables(
          sources,
          columns,
          { ...watch, dialect: await detectedDialect(sources, reading(inputs)) },
          profiler.add,
        );
  const profiled = profiler.finish();
  const profilePath =
    observed.rows === 0
      ? ''
      : await ports.files.writeReport('profile.json', printProfile(profiled.profile, inputs.samples));
  const bundle = await ports.files.bundle(paths);
  const role = current === undefined ? 'predictions' : 'data';
  const name = (current ?? predictions ?? []).join(', ');
  return {
    reference,
    window,
    observed,
    profiled,
    profilePath,
    subject: { role, name, ...subjectIdentity(bundle), rows: observed.rows },
  };
}

/** How files of the reference and of current data are read. */
export function reading(inputs: Inputs) {
  const { encoding, 'missing-values': missing, ...others } = inputs;
  const text = encoding === undefined ? {} : { encoding };
  return { said: { ...saidDialect(others), ...text }, missing, text };
}

/** The earliest time that performance or the new rows are about. */
function sinceOf(inputs: Inputs, { now, champion }: Context): number {
  const matured = maturedPeriod(inputs, now).since;
  const trained = inputs['new-rows'] === undefined ? null : trainedUntil(champion);
  return trained === null ? matured : Math.min(matured, trained.getTime());
}

/** The newest window of predictions whose labels have had their time to come. */
export function maturedPeriod(inputs: Inputs, now: Date): Period {
  return newest(now, inputs.window, Math.max(inputs.lag, inputs['label-delay']));
}

/** The end of the champion’s training data; null if no one recorded it. */
export function trainedUntil(champion: ModelVersion | null): Date | null {
  const at = instantMs(champion?.metadata['trained-until'] ?? '');
  return Number.isNaN(at) ? null : new Date(at);
}
