import type { Config } from '../config/config.ts';
import { UNNAMED } from '../config/unnamed.ts';
import { Refusal } from '../inputs/kinds.ts';
import { parseInputs } from '../inputs/parse.ts';
import type { InputTable } from '../inputs/table.ts';
import type { BaseTerms, DispatchPayload, Ports } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';
import type { BaseBranch } from './base.ts';
import { dispatchOf } from './dispatched.ts';
import type { Start } from './surface.ts';

/** What the configuration file says beside the section of the action that is run. */
export type ConfiguredStage = Pick<Ports, 'models' | 'asked' | 'dispatch'>;

/** The models of the checkout's file, and what the one that a gate goes by asks of an action. */
export function configuredBy(checkedOut: Config | null, base: BaseBranch, start: Start): ConfiguredStage {
  const models = checkedOut?.models.filter((name) => name !== UNNAMED);
  return {
    models,
    asked: askedBy(checkedOut, base, start),
    ...(checkedOut === null ? {} : { dispatch: async () => dispatchedBy(checkedOut, start) }),
  };
}

async function dispatchedBy(config: Config, { env }: Start): Promise<DispatchPayload | null> {
  const dispatch = await dispatchOf(config, env);
  if (dispatch === null) return null;
  const { payload } = dispatch;
  if (payload.schema !== 'ml-loop/trained@1')
    return { name: payload.name, 'dedupe-key': payload['dedupe-key'] };
  return { name: payload.name, 'dedupe-key': payload['dedupe-key'], trained: payload };
}

function askedBy(checkedOut: Config | null, base: BaseBranch, start: Start): NonNullable<Ports['asked']> {
  return async (action, model): Promise<BaseTerms | null> => {
    if (base.kind === 'unknown') throw new UserError(base.problem);
    const config = (base.kind === 'commit' ? base.config : null) ?? checkedOut;
    const section = [model, UNNAMED].find((name) => config?.models.includes(name));
    if (config === null || section === undefined) return null;
    const { [action]: table } = await start.tables();
    if (table === undefined) return null;
    if (!config.stages(section).includes(action)) return null;
    const values = parseInputs(table, config.layers(section, action));
    return { values, parse: (name, value) => parsed(table, name, value) };
  };
}

function parsed(table: InputTable, name: string, value: unknown): unknown {
  if (!Object.hasOwn(table, name)) return undefined;
  try {
    return table[name]?.kind.parse(value);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
