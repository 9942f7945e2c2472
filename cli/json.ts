import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Surface } from '../shared/host/surface.ts';
import { flag } from '../shared/inputs/kinds.ts';
import { defaulted } from '../shared/inputs/table.ts';
import type { Terminal } from './command.ts';

/** The flag of commands that can print their verdict. */
export const JSON_FLAG = {
  json: defaulted(flag(), 'false', 'Prints the verdict as JSON on standard output, in place of the text.'),
};

/** Runs what makes a verdict; with `--json` the verdict itself is printed. */
export async function printing(
  { surface, env }: Terminal,
  work: (surface: Surface, env: NodeJS.ProcessEnv) => Promise<number>,
): Promise<number> {
  const { values } = surface.given(JSON_FLAG);
  if (!flag().parse(values.json ?? 'false')) return work(surface, env);
  let verdict: string | undefined;
  const quiet: Surface = {
    ...surface,
    summarise: async (markdown, plain) => {
      // Without a verdict the text is all there is to say.
      if (verdict === undefined) await surface.summarise(markdown, plain);
    },
    output: (name, value) => {
      if (name === 'verdict') verdict = value;
    },
  };
  const exit = await work(quiet, env);
  const folder = typeof values['working-directory'] === 'string' ? values['working-directory'] : '.';
  if (verdict !== undefined) process.stdout.write(readFileSync(resolve(folder, verdict), 'utf8'));
  return exit;
}
