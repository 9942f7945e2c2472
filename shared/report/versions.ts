/** `measures.versions` of register-model, the newest first: a table for the summary. */
import type { Verdict } from '../verdict/verdict.ts';
import { clip, count, formatNumber } from './format.ts';
import { records } from './json.ts';
import { codeMarkdown, escapeMarkdown, tableMarkdown } from './markdown.ts';

/** At most so many versions; empty without any. */
export function versionsMarkdown({ measures }: Verdict, rows: number): string {
  const versions = records(measures.versions);
  if (versions.length === 0 || rows === 0) return '';
  const text = (value: unknown) => clip(typeof value === 'string' ? value : '', 200);
  const elsewhere = versions.slice(0, rows).some(({ origin }) => origin !== undefined);
  const lines = versions
    .slice(0, rows)
    .map((entry) => [
      codeMarkdown(text(entry.version)),
      escapeMarkdown(text(entry.aliases)),
      escapeMarkdown(text(entry.registered)),
      typeof entry.bytes === 'number' ? formatNumber(entry.bytes) : '',
      codeMarkdown(text(entry.digest).slice(0, 'sha256:'.length + 12)),
      ...(elsewhere ? [text(entry.origin) === '' ? '' : codeMarkdown(text(entry.origin))] : []),
    ]);
  const more = versions.length - rows;
  return `${tableMarkdown(['Version', 'Named by', 'Registered', 'Bytes', 'Digest', ...(elsewhere ? ['Bytes are in'] : [])], lines)}\n${more > 0 ? `\nand ${count(more, 'more version')}\n` : ''}`;
}
