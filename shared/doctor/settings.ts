import type { Config } from '../config/config.ts';
import type { ActionName } from '../inputs/table.ts';
import { given, type WorkflowUse } from './uses.ts';

/** What a use says of an action's inputs, or else ml-loop.yml does, as text; of several models the first that says it. */
export function settingsOf(
  action: ActionName,
  use: WorkflowUse,
  config: Config | null,
): Readonly<Record<string, string | undefined>> {
  const names = [
    'state',
    'registry',
    'dispatch',
    'attest',
    'operation',
    'where',
    'promotion',
    'github-token',
  ] as const;
  const layers = (config?.models ?? []).flatMap((model) =>
    config?.stages(model).includes(action) ? config.layers(model, action) : [],
  );
  return Object.fromEntries(
    names.map((name) => {
      const said = layers
        .map(({ values }) => values[name])
        .find((value) => value !== undefined && value !== null);
      return [name, given(use, name) ?? (said === undefined ? undefined : String(said))];
    }),
  );
}

/** Where it is said: in the use, or in ml-loop.yml. */
export function placeOfSetting(
  action: ActionName,
  name: string,
  use: WorkflowUse,
  config: Config | null,
): { readonly file: string; readonly line: number } {
  if (given(use, name) !== undefined)
    return { file: use.workflow.file, line: use.with?.get(name)?.line ?? use.line };
  const layer = (config?.models ?? [])
    .flatMap((model) => (config?.stages(model).includes(action) ? config.layers(model, action) : []))
    .find(({ values }) => values[name] !== undefined && values[name] !== null);
  return layer?.place?.(name) ?? { file: use.workflow.file, line: use.line };
}
