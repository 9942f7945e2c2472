/**
 * What GitHub's runner takes for commands in a step's output, by its own rules (actions/runner, ActionCommand.cs):
 * `::name key=value::data` at the beginning of a line, and the older `##[name key=value]data` anywhere in one.
 */
const KNOWN = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'internal-set-repo-path',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** The commands in a stream of output, in their order, unescaped. */
export function workflowCommands(output: string): WorkflowCommand[] {
  return output.split(/\r\n|\r|\n/).flatMap((line) => {
    const command = fromColons(line.trimStart()) ?? fromBrackets(line);
    return command === undefined ? [] : [command];
  });
}

function fromColons(line: string): WorkflowCommand | undefined {
  const end = line.indexOf('::', 2);
  if (!line.startsWith('::') || end < 0) return undefined;
  return command(line.slice(2, end), ',', line.slice(end + 2));
}

function fromBrackets(line: string): WorkflowCommand | undefined {
  const start = line.indexOf('##[');
  const end = line.indexOf(']', start);
  if (start < 0 || end < 0) return undefined;
  return command(line.slice(start + 3, end), ';', line.slice(end + 1));
}

function command(info: string, separator: string, data: string): WorkflowCommand | undefined {
  const [name = '', ...rest] = info.split(' ');
  if (!KNOWN.includes(name)) return undefined;
  const pairs = rest
    .join(' ')
    .trim()
    .split(separator)
    .filter((pair) => pair.includes('='));
  const properties = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), decode(pair.slice(at + 1))];
  });
  return { name, properties: Object.fromEntries(properties), data: decode(data) };
}

function decode(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');
}
