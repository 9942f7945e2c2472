const SYNTAX = '^$\\.*+?()[]{}|/';

/** A text as the pattern of itself. */
export function literal(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}/]/g, '\\$&');
}

/**
 * A regular expression of Python, XML Schema or ECMAScript without `u`, as JSON Schema reads one (ECMAScript with
 * `u`). Undefined if it says something that cannot be said, such as groups that do not give back what they took.
 */
export function portable(pattern: string, dialect: 'python' | 'xsd' | 'ecma'): string | undefined {
  const flags = dialect === 'python' ? /^\(\?([imsu]+)\)/.exec(pattern) : null;
  if (flags !== null) {
    const rest = portable(pattern.slice(flags[0].length), dialect);
    const set = [...new Set(flags[1]?.replaceAll('u', ''))].join('');
    return rest === undefined ? undefined : set === '' ? rest : whole(`(?${set}:${rest})`);
  }
  let out = '';
  let inClass = false;
  let opened = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? '';
    if (char === '\\') {
      const escaped = escapeOf(pattern[++i], inClass, dialect);
      if (escaped === undefined) return undefined;
      out += escaped;
    } else if (inClass) {
      if (dialect === 'xsd' && char === '-' && pattern[i + 1] === '[') return undefined;
      // In Python a bracket that comes first in a class is itself.
      const first = out.slice(opened).replace(/^\^/, '') === '';
      if (char === ']' && !(first && dialect === 'python')) inClass = false;
      out += (char === '[' || (char === ']' && inClass)) && inClass ? `\\${char}` : char;
    } else if (char === '[') {
      inClass = true;
      out += char;
      opened = out.length;
    } else if (char === '(' && pattern[i + 1] === '?' && dialect === 'python') {
      const group = /^\(\?(?:P<(\w+)>|P=(\w+)\)|(<?[=!]|[ims]*(?:-[ims]+)?:|#[^)]*\)))/.exec(
        pattern.slice(i),
      );
      if (group === null) return undefined;
      const [whole, name, reference, plain] = group;
      out += name !== undefined ? `(?<${name}>` : reference !== undefined ? `\\k<${reference}>` : '';
      if (plain !== undefined && !plain.startsWith('#')) out += whole;
      i += whole.length - 1;
    } else if (char === '{' && !/^\{\d+(,\d*)?\}/.test(pattern.slice(i))) {
      // Python reads {,3} as up to three; anywhere else a brace that is not a quantifier is itself.
      if (dialect === 'python' && /^\{,\d+\}/.test(pattern.slice(i))) {
        out += '{0';
        continue;
      }
      out += '\\{';
    } else if (char === '}' && !/\{\d+(,\d*)?$/.test(out)) out += '\\}';
    else if (char === ']') out += '\\]';
    else out += char;
  }
  return isPattern(out) ? out : undefined;
}

const whole = (pattern: string): string | undefined => (isPattern(pattern) ? pattern : undefined);

function escapeOf(char: string | undefined, inClass: boolean, dialect: string): string | undefined {
  if (char === undefined) return undefined;
  if (dialect === 'python' && !inClass && char === 'A') return '^';
  if (dialect === 'python' && !inClass && (char === 'Z' || char === 'z')) return '$';
  if (dialect === 'python' && char === 'a') return '\\x07';
  // Letters are those of all scripts there; a class cannot hold what is not in another.
  if (dialect !== 'ecma' && (char === 'w' || char === 'W')) {
    const set = dialect === 'python' ? '\\p{L}\\p{N}_' : '\\p{L}\\p{M}\\p{N}\\p{S}_';
    if (char === 'w') return inClass ? set : `[${set}]`;
    return inClass ? undefined : `[^${set}]`;
  }
  if (dialect === 'xsd' && (char === 'i' || char === 'c')) {
    const set = char === 'i' ? '\\p{L}_:' : '\\-.\\p{L}\\p{N}_:';
    return inClass ? set : `[${set}]`;
  }
  if (dialect === 'xsd' && (char === 'I' || char === 'C')) {
    return inClass ? undefined : `[^${char === 'I' ? '\\p{L}_:' : '\\-.\\p{L}\\p{N}_:'}]`;
  }
  if (/[A-Za-z0-9]/.test(char) || SYNTAX.includes(char)) return `\\${char}`;
  return char === '-' && inClass ? '\\-' : char;
}

export function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') !== undefined;
  } catch {
    return false;
  }
}

/** A pattern for the texts in which the given one is found nowhere. */
export function absent(pattern: string): string {
  return `^(?![\\s\\S]*(?:${pattern}))`;
}

/** A pattern of SQL's LIKE; a backslash takes the next character for itself. */
export function like(pattern: string): string {
  const parts = pattern.match(/\\[\s\S]|[\s\S]/gu) ?? [];
  const body = parts.map((part) => {
    if (part === '%') return '[\\s\\S]*';
    if (part === '_') return '[\\s\\S]';
    return literal(part.length > 1 && part.startsWith('\\') ? part.slice(1) : part);
  });
  return `^${body.join('')}$`;
}

/** The texts of the same length that stand at or beyond a limit in the order of their characters; digits differ only. */
export function bounded(limit: string, side: 'min' | 'max', strict: boolean): string {
  const found: string[] = strict ? [] : [literal(limit)];
  for (let i = 0; i < limit.length; i++) {
    const digit = limit.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) continue;
    const [low, high] = side === 'min' ? [digit + 1, 9] : [0, digit - 1];
    if (low > high) continue;
    const rest = limit
      .slice(i + 1)
      .replaceAll(/[\s\S]/g, (char) => (/\d/.test(char) ? '\\d' : literal(char)));
    found.push(`${literal(limit.slice(0, i))}${low === high ? low : `[${low}-${high}]`}${rest}`);
  }
  return found.length === 0 ? '^(?!)' : `^(?:${found.join('|')})$`;
}
