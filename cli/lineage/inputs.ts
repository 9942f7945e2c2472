import { COMMON_INPUTS } from '../../shared/inputs/common.ts';
import { flag, text } from '../../shared/inputs/kinds.ts';
import { defaulted, type InputValues, optional } from '../../shared/inputs/table.ts';

export const description =
  'Shows where the champion comes from, and what became of it: data, commit, verdicts, versions, rollout, drift.';

/** What says where models and state are kept; the sections of the actions have the same inputs. */
export const PLACES = {
  config: COMMON_INPUTS.config,
  name: COMMON_INPUTS.name,
  registry: COMMON_INPUTS.registry,
  'registry-timeout': COMMON_INPUTS['registry-timeout'],
  state: COMMON_INPUTS.state,
  'state-persistent': COMMON_INPUTS['state-persistent'],
  'working-directory': COMMON_INPUTS['working-directory'],
};

export const inputs = {
  which: defaulted(text('a version, an alias or a digest'), 'champion', 'The version to show.'),
  json: defaulted(flag(), 'false', 'Prints JSON in place of the text.'),
  html: optional(text('a path'), 'The path of an HTML page to write, too.'),
  ...PLACES,
  'github-token': COMMON_INPUTS['github-token'],
  now: COMMON_INPUTS.now,
};

export type Inputs = InputValues<typeof inputs>;
