/** Attestations as GitHub's API keeps them: Sigstore bundles, found by the digests of their subjects. */
import { type Answer, type Json, Refused } from './github-git.ts';

/** Stores a bundle, or finds those of which some subject has the digest, the newest first. */
export function attestation(stored: Json[], request: string, { bundle }: Json): Answer {
  if (request === 'POST /attestations') {
    if (bundle === null || typeof bundle !== 'object') throw new Refused(422, 'Invalid request.');
    stored.push(bundle as Json);
    return { status: 201, body: { id: stored.length } };
  }
  const [, digest] = /^GET \/attestations\/sha256:([0-9a-f]{64})$/.exec(request) ?? [];
  if (digest === undefined) throw new Refused(404, 'Not Found');
  const found = stored.filter((each) => subjectsOf(each).includes(digest)).reverse();
  if (found.length === 0) throw new Refused(404, 'Not Found');
  return { status: 200, body: { attestations: found.map((each) => ({ bundle: each, repository_id: 1 })) } };
}

function subjectsOf({ dsseEnvelope }: Json): string[] {
  const { payload } = dsseEnvelope as { payload: string };
  const { subject } = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  return (subject as { digest: { sha256: string } }[]).map((each) => each.digest.sha256);
}
