import type { GitHub } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';

/** Bundles, one a line, and the file they came from. */
export interface Bundles {
  readonly file: string;
  readonly text: string;
}

/** More attestations of the same bytes than this are not looked at; the newest come first. */
const MOST = 100;

/** The attestations that GitHub keeps of bytes. @throws UserError if it refuses to say. */
export async function findOnGitHub(
  github: GitHub,
  digest: string,
  predicateType: string,
): Promise<Bundles[]> {
  const route = 'GET /repos/{owner}/{repo}/attestations/{subject_digest}';
  const { status, data } = await github.request(route, {
    subject_digest: digest,
    per_page: MOST,
    predicate_type: predicateType,
  });
  if (status === 404) return [];
  const { attestations } = (data ?? {}) as { readonly attestations?: unknown };
  if (status !== 200 || !Array.isArray(attestations)) {
    throw new UserError({
      what: `GitHub does not show attestations (${status})`,
      where: route,
      fix: 'give the job `permissions: { attestations: read }`',
    });
  }
  return attestations.flatMap(({ bundle }: { readonly bundle?: unknown }) =>
    bundle === null || typeof bundle !== 'object'
      ? []
      : [{ file: `the attestations of ${github.owner}/${github.repo}`, text: JSON.stringify(bundle) }],
  );
}
