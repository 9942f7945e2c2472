/** The gate of a stage on a change: rules and files of the base branch, and checks that tell what the change alters. */
import { relative, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import type { GateChange } from '../config/gate.ts';
import type { InputLayer } from '../inputs/parse.ts';
import type { Problem } from '../problem/problem.ts';
import type { Check, Location, Verdict } from '../verdict/verdict.ts';
import type { BaseBranch } from './base.ts';
import { findConfig } from './config-file.ts';
import { isToBeMerged } from './event.ts';
import type { Start } from './surface.ts';

/** The configuration that a run is judged by. */
export interface GateConfig {
  /** That of the checkout. */
  readonly own: Config | null;
  /** With what the base branch says of the gate; null if neither has a file. */
  readonly config: Config | null;
  readonly base: BaseBranch;
  /**
   * @param step the values that the step gives to the action.
   * @returns undefined if nothing is to be merged.
   */
  gate(model: string, action: string, step: InputLayer): StageGate | undefined;
}

export interface StageGate {
  readonly base: BaseBranch;
  /** What the change says itself: it must be right, although not all of it counts yet. Empty if it has no section. */
  readonly own: readonly InputLayer[];
  readonly changes: readonly GateChange[];
  /** Why the change's own values hold, if they do. */
  readonly added?: string;
  /** The folder that places in the configuration file start from. */
  readonly folder: string;
}

/** Reads the configuration of the checkout and that of the base branch. @throws UserError as `findConfig`. */
export async function judgedBy(given: InputLayer, start: Start): Promise<GateConfig> {
  const own = await findConfig(given, start.tables);
  const base = await baseFor(given, start);
  if (base.kind === 'none') return { own, config: own, base, gate: () => undefined };
  const folder = resolve(String(given.values['working-directory'] ?? '.'));
  if (base.kind === 'unknown') {
    const gate = () => ({ base, own: [], changes: [], folder });
    return { own, config: own && strictest(own), base, gate };
  }
  const { gatedConfig } = await import('../config/gate.ts');
  const config = gatedConfig(own, base.config, await start.tables());
  return {
    own,
    config,
    base,
    gate: (model, action, step) => {
      const layers = config?.own(model, action) ?? [];
      const added = config?.isNew(model, action) === true ? whyNew(config, base, action) : undefined;
      return {
        base,
        own: layers.length === 0 ? [] : [step, ...layers],
        changes: config?.changes(model, action, step) ?? [],
        ...(added === undefined ? {} : { added }),
        folder,
      };
    },
  };
}

/** How a base branch is read is loaded only if there is one. */
async function baseFor(given: InputLayer, start: Start): Promise<BaseBranch> {
  if (!isToBeMerged(start.env.GITHUB_EVENT_NAME)) return { kind: 'none' };
  return (await import('./base.ts')).baseOf(given, start);
}

function whyNew({ file }: Config, base: BaseBranch & { kind: 'commit' }, action: string): string {
  if (base.broken !== undefined) return `${file} of the base branch cannot be read (${base.broken})`;
  if (base.config === null) return `the base branch has no ${file} yet`;
  return `${file} of the base branch has no section ${action} for it yet`;
}

/** Inputs that could make a red gate green, or show more; their defaults do neither. */
const LENIENT = ['fail-on', 'mode', 'samples'];

function strictest(config: Config): Config {
  const without = (layer: InputLayer): InputLayer => ({
    ...layer,
    values: Object.fromEntries(Object.entries(layer.values).filter(([name]) => !LENIENT.includes(name))),
  });
  return { ...config, layers: (model, action) => config.layers(model, action).map(without) };
}

/** What was found of the files that are part of the gate. */
export interface FileFindings {
  readonly changes: readonly GateChange[];
  /** Files that the base branch does not have yet. */
  readonly added: readonly string[];
  /** Why the base branch's cannot be read. */
  readonly problem?: Problem;
  /** What the change's own contract would say of the data. */
  readonly tried?: string | undefined;
}

/** Could the base branch's gate not be read? The step then fails, whatever its policy. */
export function isUnknown({ checks }: Pick<Verdict, 'checks'>): boolean {
  return checks.some(({ id }) => id === 'gate.unknown');
}

/** More changes are counted only. */
const MOST_TOLD = 20;

/**
 * The checks on what the change does to its gate.
 *
 * @param root the absolute working directory, from which locations start.
 */
export function gateChecks(gate: StageGate, files: FileFindings, root: string): Check[] {
  const problem = gate.base.kind === 'unknown' ? gate.base.problem : files.problem;
  const changes = [...gate.changes.map((change) => placed(change, gate.folder, root)), ...files.changes];
  const added = [
    ...(gate.added === undefined ? [] : [gate.added]),
    ...files.added.map((file) => `the base branch has no ${file} in git yet`),
  ];
  return [
    ...(problem === undefined ? [] : [unknown(problem)]),
    ...(changes.length === 0 ? [] : [changed(changes, files.tried)]),
    ...(added.length === 0 ? [] : [addedCheck(added)]),
  ];
}

function unknown(problem: Problem): Check {
  return {
    id: 'gate.unknown',
    status: 'inconclusive',
    message: `the rules of the base branch are not known, so this cannot pass: ${problem.what}`,
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
  };
}

function changed(changes: readonly GateChange[], tried: string | undefined): Check {
  const told = changes.slice(0, MOST_TOLD).map(({ what }) => what);
  const more = changes.length > told.length ? [`and ${changes.length - told.length} more`] : [];
  return {
    id: 'gate.changed',
    status: 'warn',
    observed: changes.length,
    message: `this change alters its own gate: ${[...told, ...more, ...(tried === undefined ? [] : [tried])].join('; ')}`,
    fix: 'review it as a change of the gate; if this change needs the new gate to pass, merge the gate first, in a pull request of its own',
    locations: changes.flatMap(({ place }) => (place === undefined ? [] : [place as Location])),
  };
}

function addedCheck(reasons: readonly string[]): Check {
  return {
    id: 'gate.added',
    status: 'warn',
    message: `this is judged by the change’s own rules: ${reasons.join('; ')}`,
    fix: 'review the rules with the change; from its merge on, they hold for all pull requests',
  };
}

function placed(change: GateChange, folder: string, root: string): GateChange {
  const { place } = change;
  if (place === undefined) return change;
  return { ...change, place: { ...place, file: relative(root, resolve(folder, place.file)) } };
}
