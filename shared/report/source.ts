/** Where a verdict was made, as a line of a report. */
import type { VerdictSource } from '../verdict/verdict.ts';
import { clip } from './format.ts';
import { codeMarkdown, escapeMarkdown } from './markdown.ts';
import { escapeHtml } from './page.ts';

const NAME_CHARACTERS = 200;

interface Part {
  readonly words: string;
  readonly name: string;
  readonly href?: string;
}

function partsOf({
  repository,
  commit,
  pullRequest,
  run,
  configurationFile,
}: VerdictSource): readonly Part[] {
  const at = (path: string) => (repository === undefined ? {} : { href: `${repository}/${path}` });
  const runNumber = run?.split('/').at(-1) ?? '';
  return [
    ...(commit === undefined
      ? []
      : [{ words: 'commit', name: commit.slice(0, 12), ...at(`commit/${commit}`) }]),
    ...(pullRequest === undefined
      ? []
      : [{ words: 'pull request', name: `#${pullRequest}`, ...at(`pull/${pullRequest}`) }]),
    ...(run === undefined ? [] : [{ words: 'run', name: runNumber, href: run }]),
    ...(configurationFile === undefined ? [] : [{ words: 'configured by', name: configurationFile }]),
  ];
}

/** Only addresses of the web that hold nothing to escape are linked. */
function isSafe(href: string | undefined): href is string {
  return href !== undefined && /^https?:\/\/[\w.:/-]+$/.test(href);
}

/** A paragraph; empty if nothing is known. */
export function sourceHtml(source: VerdictSource | undefined): string {
  const parts = partsOf(source ?? {}).map(({ words, name, href }) => {
    const text = escapeHtml(clip(name, NAME_CHARACTERS));
    return `${words} ${isSafe(href) ? `<a href="${escapeHtml(href)}">${text}</a>` : text}`;
  });
  return parts.length === 0 ? '' : `<p class="note">${parts.join(' · ')}</p>`;
}

/** A line; empty if nothing is known. */
export function sourceMarkdown(source: VerdictSource | undefined, characters = NAME_CHARACTERS): string {
  const parts = partsOf(source ?? {}).map(({ words, name, href }) => {
    const short = clip(name, characters);
    return `${words} ${isSafe(href) ? `[${escapeMarkdown(short)}](${href})` : codeMarkdown(short)}`;
  });
  return parts.length === 0 ? '' : `${parts.join(' · ')}\n`;
}
