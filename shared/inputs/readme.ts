import type { ActionDefinition, InputTable } from './table.ts';

const START = '<!-- generated from inputs.ts by `npm run generate` -->';
const END = '<!-- /generated -->';

/** The README with its generated part replaced; a new one if there is none. */
export function readmeOf(
  definition: ActionDefinition<InputTable>,
  common: InputTable,
  commonOutputs: Readonly<Record<string, string>>,
  current: string,
): string {
  const part = [START, '', tables(definition, common, commonOutputs), END].join('\n');
  const text =
    current === '' ? `# ${definition.name}\n\n${definition.description}\n\n${START}\n${END}\n` : current;
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) return `${text.trimEnd()}\n\n${part}\n`;
  return text.slice(0, start) + part + text.slice(end + END.length);
}

/** What the column `gate` says. */
const GATE =
  'On pull requests, inputs marked `rule` or `file` have the values of the base branch, and files are read from it; a change of `evidence` is told ([why](../../docs/workflows.md#what-a-pull-request-cannot-change)).';

function tables(
  { inputs, outputs }: ActionDefinition<InputTable>,
  common: InputTable,
  commonOutputs: Readonly<Record<string, string>>,
): string {
  const own = Object.entries(inputs).filter(([name]) => !Object.hasOwn(common, name));
  const shared = Object.entries(inputs).filter(([name]) => Object.hasOwn(common, name));
  return [
    '## Inputs',
    '',
    ...(Object.values(inputs).some(({ gate }) => gate !== undefined) ? [GATE, ''] : []),
    inputTable(own),
    '## Common inputs',
    '',
    inputTable(shared),
    '## Outputs',
    '',
    table(
      ['output', 'what'],
      Object.entries({ ...outputs, ...commonOutputs }).map(([name, what]) => [`\`${name}\``, what]),
    ),
  ].join('\n');
}

function inputTable(entries: readonly (readonly [string, InputTable[string]])[]): string {
  const rows = entries.map(([name, input]) => {
    const fallback = input.expression ?? input.default;
    const need = input.required ? 'required' : fallback === undefined ? '' : `\`${fallback}\``;
    const gate = input.gate === 'contract' ? 'file' : (input.gate ?? '');
    return [`\`${name}\``, input.description, input.kind.label, need, gate, input.since];
  });
  return table(['input', 'what', 'allowed', 'default', 'gate', 'since'], rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line), ''].join('\n');
}
