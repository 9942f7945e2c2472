import { COMMON } from '../shared/inputs/common.ts';
import type { ActionDefinition, InputTable } from '../shared/inputs/table.ts';
import { TOOL } from '../shared/verdict/tool.ts';

/** The text of `ml-loop --help`. */
export function overview(definitions: readonly ActionDefinition<InputTable>[]): string {
  const rows = [
    ['run', 'Runs the stages of ml-loop.yml.'],
    ...definitions.map(({ name, description }) => [name, description]),
  ];
  const width = Math.max(...rows.map(([name = '']) => name.length));
  const lines = rows.map(([name = '', description]) => `  ${name.padEnd(width)}  ${description}`);
  return [
    `ml-loop ${TOOL.version}`,
    '',
    'Usage: ml-loop <command> --<input> <value> …',
    '',
    ...lines,
    '',
    '`ml-loop <command> --help` lists its inputs. `--outputs` prints the outputs as name=value lines.',
    'Exit codes: 0 by policy, 1 by fail-on, 2 nothing could be judged, 3 a defect of ml-loop.',
    '',
  ].join('\n');
}

/** The text of `ml-loop <command> --help`. */
export function actionHelp(command: string, { description, inputs }: ActionDefinition<InputTable>): string {
  const own = Object.entries(inputs).filter(([name]) => !Object.hasOwn(COMMON, name));
  const common = Object.entries(inputs).filter(([name]) => Object.hasOwn(COMMON, name));
  const lines = [...own, ...common].flatMap(([name, input]) => {
    const fallback =
      input.default === undefined ? (input.required ? ' (required)' : '') : ` (default: ${input.default})`;
    return [`  --${name}${fallback}`, `      ${input.description}`, `      ${input.kind.label}`];
  });
  const lists =
    'A list is a repeated flag (--data a.csv --data b.csv), or a YAML flow list ("[a.csv, b.csv]").';
  return [`ml-loop ${command}: ${description}`, '', ...lines, '', lists, ''].join('\n');
}
