/** JSON, one line a list, so that a reviewer can read its changes. */
export function print(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const entries = Array.isArray(value)
    ? value.map((item) => print(item, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${JSON.stringify(key)}: ${print(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const flat = Object.values(value).every((item) => typeof item !== 'object' || item === null);
  if (entries.length === 0 || (flat && Array.isArray(value))) return `${open}${entries.join(', ')}${close}`;
  if (flat && entries.length <= 3) return `${open} ${entries.join(', ')} ${close}`;
  return `${open}\n${entries.map((entry) => inner + entry).join(',\n')}\n${indent}${close}`;
}
