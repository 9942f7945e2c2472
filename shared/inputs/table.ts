import type { InputKind } from './kinds.ts';

/**
 * What an input is to a gate, if the change that is judged sets it in `ml-loop.yml`:
 * - `rule`: how strict the gate is. The value of the base branch holds.
 * - `file`: as `rule`; and the files it names (profiles, data) are read from the base branch too.
 * - `contract`: as `file`; and so are the files of other tables that the contract names.
 * - `evidence`: what is judged. The change's own value holds, and the verdict tells that it is another one.
 */
export type GateRole = 'rule' | 'file' | 'contract' | 'evidence';

/** One input of an action, declared once; everything else about it is generated from this. */
export interface Input<T> {
  readonly kind: InputKind<unknown>;
  readonly description: string;
  /** As text, as `action.yml` shows it. */
  readonly default?: string;
  readonly required: boolean;
  /** The first version that has it. */
  readonly since: string;
  /** Masked in logs when it is read. */
  readonly secret?: boolean;
  /** The default in `action.yml` alone, if GitHub evaluates expressions. */
  readonly expression?: string;
  /** The action from whose section of `ml-loop.yml` an input of the same name is taken if this one's does not give it. */
  readonly from?: string;
  /** Left out if a gate does not depend on it. */
  readonly gate?: GateRole;
  /** Never set; carries the type of the parsed value. */
  readonly type?: T;
}

export type InputTable = Readonly<Record<string, Input<unknown>>>;

/** The parsed values of a table, under the inputs' own names. */
export type InputValues<T extends InputTable> = {
  readonly [K in keyof T]: T[K] extends Input<infer V> ? V : never;
};

interface Extra {
  readonly since?: string;
  readonly secret?: boolean;
  readonly expression?: string;
  readonly from?: string;
  readonly gate?: GateRole;
}

function input<T>(kind: InputKind<T>, description: string, isRequired: boolean, extra: Extra) {
  return { kind, description, required: isRequired, since: '0.1.0', ...extra };
}

export function required<T>(kind: InputKind<T>, description: string, extra: Extra = {}): Input<T> {
  return input(kind, description, true, extra);
}

export function optional<T>(
  kind: InputKind<T>,
  description: string,
  extra: Extra = {},
): Input<T | undefined> {
  return input(kind, description, false, extra);
}

/** An input with a default, given as the text a user would write. */
export function defaulted<T>(
  kind: InputKind<T>,
  fallback: string,
  description: string,
  extra: Extra = {},
): Input<T> {
  return { ...input(kind, description, false, extra), default: fallback };
}

export const ACTION_NAMES = [
  'validate-data',
  'train',
  'validate-model',
  'register-model',
  'deploy-canary',
  'check-drift',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** Does the root action run it as a stage? What `train` answers, a workflow must act on, so it is a step of its own. */
export const isStage = (action: string): boolean => action !== 'train';

/** The actions that are stages of the root action. */
export const STAGE_NAMES: readonly ActionName[] = ACTION_NAMES.filter(isStage);

/** What an action is, as data: its metadata, inputs and outputs. */
export interface ActionDefinition<T extends InputTable> {
  readonly name: ActionName | 'root' | 'doctor';
  readonly title: string;
  readonly description: string;
  readonly icon: string;
  readonly inputs: T;
  /** Outputs beside the common ones, with their descriptions. */
  readonly outputs: Readonly<Record<string, string>>;
}
