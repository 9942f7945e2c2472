/** Evidence that comes later: in a commit of its own, since an immutable release takes no further assets. */
import { freeName } from '../attachments.ts';
import type { Attachment, ModelVersion } from '../registry.ts';
import type { GitHubPlace } from './create.ts';
import { entryOf, type StoredEvidence, withEntry } from './index.ts';
import { evidenceRefs } from './names.ts';
import { makeCommit, storedEvidence } from './record.ts';

/** Adds files beside what is there, those whose content is not. */
export async function addLater(
  { hub, indexes }: GitHubPlace,
  { name, version }: Pick<ModelVersion, 'name' | 'version'>,
  files: readonly Attachment[],
): Promise<void> {
  const evidence = entryOf(await indexes.read(name), version)?.evidence ?? [];
  const fresh = added(evidence, files);
  if (fresh.length === 0) return;
  const message = `Evidence of ${name} ${version}`;
  const contents = new Map(
    files.map(({ name: path, content }) => [storedEvidence(path, content).sha256, content]),
  );
  const attachments = fresh.map(({ path, sha256 }) => ({ name: path, content: contents.get(sha256) ?? '' }));
  const commit = await makeCommit(hub, { message, at: hub.clock.now(), evidence: attachments });
  await hub.createRef(`${evidenceRefs(name, version)}/${commit}`, commit);
  await indexes.change(name, message, (index) => {
    const entry = entryOf(index, version);
    if (entry === undefined) return undefined;
    const more = added(entry.evidence, files);
    return more.length === 0
      ? undefined
      : withEntry(index, { ...entry, evidence: [...entry.evidence, ...more] });
  });
}

/** What the files add to the evidence, under names that are free. */
function added(evidence: readonly StoredEvidence[], files: readonly Attachment[]): StoredEvidence[] {
  const known = new Set(evidence.map(({ sha256 }) => sha256));
  const taken = evidence.map(({ path }) => path);
  return files.flatMap(({ name, content }) => {
    const free = freeName(name, taken);
    const stored = storedEvidence(free, content);
    if (known.has(stored.sha256)) return [];
    known.add(stored.sha256);
    taken.push(free);
    return [stored];
  });
}
