import { COMMON } from '../../shared/inputs/common.ts';
import { flag, text } from '../../shared/inputs/kinds.ts';
import { defaulted, optional, type Values } from '../../shared/inputs/table.ts';

export const description =
  'Shows where the champion comes from, and what became of it: data, commit, verdicts, versions, rollout, drift.';

/** What says where models and state are kept; the sections of the actions have the same inputs. */
export const PLACES = {
  config: COMMON.config,
  name: COMMON.name,
  registry: COMMON.registry,
  'registry-timeout': COMMON['registry-timeout'],
  state: COMMON.state,
  'state-persistent': COMMON['state-persistent'],
  'working-directory': COMMON['working-directory'],
};

export const inputs = {
  which: defaulted(text('a version, an alias or a digest'), 'champion', 'The version to show.'),
  json: defaulted(flag(), 'false', 'Prints JSON in place of the text.'),
  html: optional(text('a path'), 'The path of an HTML page to write, too.'),
  ...PLACES,
  'github-token': COMMON['github-token'],
  now: COMMON.now,
};

export type Inputs = Values<typeof inputs>;
