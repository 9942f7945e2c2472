import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

const RULE = `\n${'-'.repeat(80)}\n\n`;

/** The licence texts and notices of all packages that are in the bundles, each text once, with the packages it is of. */
export function licences(metafile: Metafile): string {
  const licences = new Map<string, string[]>();
  const notices = new Map<string, string[]>();
  for (const folder of packagesIn(metafile)) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Record<string, string>;
    const named = `${name}@${version} (${license})`;
    const text =
      textIn(folder, /^(licen[cs]e|copying)(\.|$)/i) ?? `(${license}; the package carries no licence file)`;
    licences.set(text, [...(licences.get(text) ?? []), named]);
    const notice = textIn(folder, /^notice(\.|$)/i);
    if (notice !== undefined) notices.set(notice, [...(notices.get(notice) ?? []), named]);
  }
  const texts = [...licences].map(
    ([text, names]) => `${names.join('\n')}\n\n${afterCommon(text, licences)}\n`,
  );
  const noted = [...notices].map(([text, names]) => `Notice of ${names.join(',\n  ')}\n\n${text}\n`);
  return [...texts, ...noted].join(RULE);
}

/** Of a text that begins with the whole of another package's, as Apache's do if something is added: what is added. */
function afterCommon(text: string, licences: ReadonlyMap<string, readonly string[]>): string {
  const [common, names] =
    [...licences]
      .filter(([other]) => other !== text && text.startsWith(`${other}\n`))
      .sort(([a], [b]) => a.length - b.length)[0] ?? [];
  if (common === undefined) return text;
  return `(the whole text that stands under ${names?.[0]}, and after it:)\n\n${text.slice(common.length).trimStart()}`;
}

function packagesIn(metafile: Metafile): string[] {
  const folders = new Set<string>();
  for (const input of Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) folders.add(match[1]);
  }
  return [...folders].sort();
}

function textIn(folder: string, name: RegExp): string | undefined {
  const file = readdirSync(folder).find((entry) => name.test(entry));
  return file === undefined ? undefined : readFileSync(join(folder, file), 'utf8').trim();
}
