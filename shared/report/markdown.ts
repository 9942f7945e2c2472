/**
 * Text from data, configuration and events as GitHub Markdown. Characters that mean something to Markdown or HTML
 * become character references, which never form structure (CommonMark 0.31, §2.5). What GitHub finds in the finished
 * text (mentions, issue numbers, addresses, emoji) is broken by a zero-width space instead.
 */
const SPECIAL = /[\\`*_{}[\]<>&|~!$"']/g;
const ZERO_WIDTH = '&#8203;';
// C0 and C1 controls, and the marks that turn the direction of the text after them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/g;

/** The text on one line, without characters that steer a terminal or the direction of writing. */
export function plain(text: string): string {
  return text
    .replace(/\s*[\r\n\u0085\u2028\u2029]+\s*/g, ' ')
    .replaceAll('\t', ' ')
    .replace(UNPRINTABLE, '\ufffd')
    .trim();
}

/** Inline text, also for a table's cell; nothing in it links, mentions, formats, or ends the cell or line. */
export function escapeMarkdown(text: string): string {
  return plain(text)
    .replace(SPECIAL, reference)
    .replace(/^(\d+)([.)])(?=\s|$)/, (_, digits: string, mark: string) => digits + reference(mark))
    .replace(/^[-+=:#]/, reference)
    .replace(/@(?=\S)/g, `@${ZERO_WIDTH}`)
    .replace(/(?<!&)#(?=\d)/g, `#${ZERO_WIDTH}`)
    .replace(/\b(GH-)(?=\d)/gi, `$1${ZERO_WIDTH}`)
    .replace(/:(?=\/\/|[a-z0-9_+-]*:)/gi, `:${ZERO_WIDTH}`)
    .replace(/\b(mailto|xmpp):/gi, `$1:${ZERO_WIDTH}`)
    .replace(/\b(www)(?=\.)/gi, `$1${ZERO_WIDTH}`);
}

function reference(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

/** A name as code: a code span if its characters are harmless there, `<code>` with escaped text otherwise. */
export function codeMarkdown(text: string): string {
  const line = plain(text);
  if (line === '') return '';
  return /^[\p{L}\p{N}_\-./ :=@#,+()%]+$/u.test(line)
    ? `\`${line}\``
    : `<code>${escapeMarkdown(line)}</code>`;
}

/** A table; the cells are Markdown already. */
export function tableMarkdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
