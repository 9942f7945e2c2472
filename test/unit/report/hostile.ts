/** A text that would do harm if it were taken for markup. */
export const HOSTILE = `"'><script>alert(1)</script><img src=http://evil.example/x onerror=y>&`;

/** Every text of a value made hostile, but those of keys that have few values. */
export function poisoned<T>(value: T, kept: readonly string[] = []): T {
  const walk = (one: unknown, key = ''): unknown => {
    if (typeof one === 'string')
      return ['status', 'schema', 'at', 'digest', ...kept].includes(key) ? one : HOSTILE + one;
    if (Array.isArray(one)) return one.map((entry) => walk(entry));
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([name, child]) => [name, walk(child, name)]));
  };
  return walk(value) as T;
}

/** Are all elements closed in order? */
export function wellFormed(html: string): boolean {
  const open: string[] = [];
  for (const [, close, tag = '', rest = ''] of html.matchAll(/<(\/?)([a-z][\w-]*)((?:"[^"]*"|[^">])*)>/gi)) {
    if (['meta', 'br'].includes(tag) || rest.endsWith('/')) continue;
    if (close === '') open.push(tag);
    else if (open.pop() !== tag) return false;
  }
  return open.length === 0;
}

/** No element and no attribute but ours. */
export function escaped(html: string): boolean {
  const bare = html.replace(/"[^"<]*"/g, '""');
  return wellFormed(html) && !/<(script|img)|<[^>]*\sonerror=/.test(bare);
}

/** How many charts there are. */
export function plots(html: string): number {
  return html.match(/<figure>/g)?.length ?? 0;
}
