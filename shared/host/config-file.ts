import { lstat, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { UNNAMED } from '../config/unnamed.ts';
import { COMMON_INPUTS, modelName } from '../inputs/common.ts';
import { type InputLayer, isGiven } from '../inputs/parse.ts';
import { nearest } from '../problem/nearest.ts';
import { messageOf, systemCode, UserError } from '../problem/problem.ts';
import type { Start } from './surface.ts';

const CONFIG_FILE = 'ml-loop.yml';

/**
 * The layers of one action, of the model that the step names or the only one.
 *
 * @throws UserError if the file has no section for it and the step gives nothing in its place.
 */
export function sectionLayers(config: Config, action: string, given: InputLayer): InputLayer[] {
  const model = configModel(config, given);
  const gives = Object.keys(given.values).some(
    (name) => !Object.hasOwn(COMMON_INPUTS, name) && isGiven(given.values[name]),
  );
  if (!config.stages(model).includes(action) && !gives) {
    const sections = config.stages(model).join(', ');
    throw new UserError({
      what: `${config.file} has no section for ${action}${model === '' ? '' : ` in the model ${model}`}`,
      fix: `add the section, or give its inputs to the step${sections === '' ? '' : ` (the sections there are: ${sections})`}`,
    });
  }
  return modelLayers(config, { model, action }, given);
}

/** The configuration file: the one that the input names, or `ml-loop.yml` if that is present. */
export async function findConfig(given: InputLayer, tables: Start['tables']): Promise<Config | null> {
  const named = textOf(given.values.config);
  const file = configName(given);
  let text: string;
  try {
    text = await readFile(configPath(given), 'utf8');
  } catch (error) {
    // A link to nothing is not a file that was left out.
    const isLink = await lstat(configPath(given)).then(
      () => true,
      () => false,
    );
    if (named === undefined && systemCode(error) === 'ENOENT' && !isLink) return null;
    throw new UserError({
      what: `the configuration file ${file} cannot be read (${systemCode(error) ?? messageOf(error)})`,
      where: given.where('config'),
    });
  }
  const { loadConfig } = await import('../config/config.ts');
  return loadConfig(text, file, await tables(), COMMON_INPUTS);
}

/** The configuration file as the step names it, or `ml-loop.yml`. */
export function configName({ values }: InputLayer): string {
  return textOf(values.config) ?? CONFIG_FILE;
}

/** The absolute path of the configuration file. */
export function configPath(given: InputLayer): string {
  return resolve(textOf(given.values['working-directory']) ?? '.', configName(given));
}

/** Does the step name a model? */
export function isNamed(given: InputLayer): boolean {
  return textOf(given.values.name) !== undefined;
}

/**
 * The model of the file that the step names, or the only one.
 *
 * @throws UserError naming the models there are.
 */
export function configModel(config: Config, given: InputLayer): string {
  const named = textOf(given.values.name);
  const [only] = config.models;
  if (named !== undefined && config.models.includes(named)) return named;
  if (only !== undefined && config.models.length === 1 && (named === undefined || only === '')) return only;
  throw new UserError({
    what:
      named === undefined
        ? `${config.file} has several models`
        : `${config.file} has no model ${JSON.stringify(named)}`,
    where: given.where('name'),
    fix: config.models.length === 0 ? 'add one below `models:`' : modelChoice(named, config.models),
  });
}

function modelChoice(named: string | undefined, models: readonly string[]): string {
  const best =
    named === undefined
      ? undefined
      : nearest(
          named.toLowerCase(),
          models.map((model) => model.toLowerCase()),
        );
  const meant = models.find((model) => model.toLowerCase() === best);
  return `choose one of: ${models.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/**
 * The layers of one action of a model. The model's key in the file becomes its name.
 *
 * @throws UserError if the file has one model, and the step gives another name.
 */
export function modelLayers(
  config: Config,
  { model, action }: { readonly model: string; readonly action: string },
  given: InputLayer,
): InputLayer[] {
  const layers = config.layers(model, action);
  if (model !== '') return [...layers, { values: { name: model }, where: () => `${config.file} models` }];
  const named = textOf(given.values.name);
  const own = layers.find(({ values }) => values.name !== undefined && values.name !== null);
  const name = own === undefined ? undefined : String(own.values.name).trim();
  if (own === undefined || named === undefined || name === '' || named === name) return [...layers];
  throw new UserError({
    what: `${config.file} has no model ${JSON.stringify(named)}`,
    where: given.where('name'),
    fix: `its only model is ${name} (${own.where('name')})`,
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The name of the only model, if the file gives it none: its sections', or the repository's. */
export function unnamedName(config: Config, given: InputLayer, { surface, env }: Start): string {
  const layers = config.stages(UNNAMED).flatMap((action) => config.layers(UNNAMED, action));
  const named = [given, ...layers]
    .map(({ values }) => values.name)
    .find((name) => typeof name === 'string' && name !== '');
  const repository = surface.runner.repository ?? env.GITHUB_REPOSITORY;
  return modelName({ name: named as string | undefined }, { repository });
}
