/** What a training was given, as JSON. */
/** As the manifest of a registry allows; who has more keeps them in a file of their own. */
const MOST_CHARACTERS = 256 * 1024;
const DEEPEST = 32;

/**
 * The password of a URL, such as that of a private package index; a variable in its place is none. Each part ends where
 * the next one begins, so that a long text takes no longer than its length.
 */
const PASSWORD = /:\/\/[^\s/@:]*:(?!\$|%\()[^\s/@]+@/;

/** Does the text hold a URL with a password? What is registered may be read by more people than a secret. */
export function holdsPassword(text: string): boolean {
  return PASSWORD.test(text);
}

/** Are they a map of what JSON can say? Otherwise what they must be. */
export function parametersFault(value: unknown): string | undefined {
  if (!isMap(value)) return 'must be a map of names to values';
  const fault = faultOf(value, '', 0);
  if (fault !== undefined) return fault;
  return JSON.stringify(value).length > MOST_CHARACTERS
    ? `must have at most ${MOST_CHARACTERS / 1024} KiB as JSON`
    : undefined;
}

function faultOf(value: unknown, at: string, depth: number): string | undefined {
  if (depth > DEEPEST) return `must be nested at most ${DEEPEST} deep (see ${at})`;
  if (typeof value === 'string')
    return holdsPassword(value) ? `must hold no URL with a password (see ${at})` : undefined;
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return undefined;
  if (!Array.isArray(value) && !isMap(value)) return `must hold only what JSON can say (see ${at})`;
  for (const [key, entry] of Object.entries(value)) {
    const fault = faultOf(entry, at === '' ? key : `${at}.${key}`, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
