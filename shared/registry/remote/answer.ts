/** What servers answer: the whole text, pages that stand in the way, and their own words. */
import type { StreamResponse } from '../../ports/ports.ts';
import { UserError } from '../../problem/problem.ts';

/** An answer with its whole text. */
export interface TextAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A registry said no, or does not know what was asked for. */
export class RegistryRefusal extends UserError {}

/** Manifests have 4 MiB at most, and lists less. */
const LONGEST_TEXT = 16 * 1024 * 1024;
const LONGEST_MESSAGE = 200;

/** @throws UserError for a text that is too long. */
export async function readWhole({ status, headers, body }: StreamResponse): Promise<TextAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LONGEST_TEXT)
      throw new UserError({ what: `the registry’s answer is longer than ${LONGEST_TEXT} bytes` });
    chunks.push(chunk);
  }
  return { status, headers, text: Buffer.concat(chunks).toString('utf8') };
}

export function isHtml({ headers }: Pick<TextAnswer, 'headers'>): boolean {
  return /^\s*text\/html\b/i.test(headers['content-type'] ?? '');
}

/**
 * @param server what should have answered, such as `a container registry`.
 * @param input that names it.
 * @throws Refused for a page that stands between the registry and us.
 */
export function refuseHtml(
  answer: Pick<TextAnswer, 'headers' | 'status'>,
  where: string,
  server: string,
  input = 'input registry',
): void {
  if (!isHtml(answer)) return;
  throw new RegistryRefusal({
    what: `answered with a web page (HTML, status ${answer.status}), which is not what ${server} answers`,
    where,
    fix: `check the address in the ${input}; a proxy or a login page may stand between it and the runner`,
  });
}

/** The server's own words behind a status, on one line; nothing if there are none. */
export function saidBy(words: readonly (string | undefined)[]): string {
  const said = words.filter((text) => text !== undefined && text !== '').join(' ');
  return said === '' ? '' : ` ${said.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, LONGEST_MESSAGE)}`;
}
