import { COMMON_INPUTS } from '../shared/inputs/common.ts';
import { TOOL } from '../shared/verdict/tool.ts';
import type { Command } from './command.ts';

/** The text of `ml-loop --help`. */
export function overview(commands: Readonly<Record<string, Command>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { description }]) => `  ${name.padEnd(width)}  ${description}`,
  );
  return [
    `ml-loop ${TOOL.version}`,
    '',
    'Usage: ml-loop <command> --<input> <value> …',
    '',
    ...lines,
    '',
    '`ml-loop <command> --help` lists its inputs. `--outputs` prints the outputs as name=value lines.',
    'Exit codes: 0 passed, 1 failed, 2 could not run, 3 a bug in ml-loop.',
    '',
  ].join('\n');
}

/** The text of `ml-loop <command> --help`. */
export function commandHelp(name: string, { description, inputs }: Command): string {
  const own = Object.entries(inputs).filter(([flag]) => !Object.hasOwn(COMMON_INPUTS, flag));
  const common = Object.entries(inputs).filter(([flag]) => Object.hasOwn(COMMON_INPUTS, flag));
  const lines = [...own, ...common].flatMap(([flag, input]) => {
    const fallback =
      input.default === undefined ? (input.required ? ' (required)' : '') : ` (default: ${input.default})`;
    return [`  --${flag}${fallback}`, `      ${input.description}`, `      ${input.kind.label}`];
  });
  const lists =
    'A list is a repeated flag (--data a.csv --data b.csv), or a YAML flow list ("[a.csv, b.csv]").';
  return [`ml-loop ${name}: ${description}`, '', ...lines, '', lists, ''].join('\n');
}
