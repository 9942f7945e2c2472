/** Files of any length to and from GitHub; the token goes to GitHub's own servers and to no other. */
import { isLoopback } from '../ports/loopback.ts';
import type { GitHubRepository } from '../ports/ports.ts';
import { readFile, safeAddress, sendFile, stranger } from './github-fetch.ts';
import { type Client, settled } from './octokit.ts';

interface Target {
  readonly octokit: Client;
  readonly apiUrl: string;
  readonly owner: string;
  readonly repo: string;
}

/** Its address comes with each release. */
const UPLOAD = 'POST /repos/{owner}/{repo}/releases/{release_id}/assets';
const BYTES = 'application/octet-stream';

export function gitHubFiles(target: Target): Pick<GitHubRepository, 'upload' | 'download'> {
  const { octokit, apiUrl, owner, repo } = target;
  return {
    async upload(address, { name, size, body }) {
      const url = safeAddress(address.replace(/\{.*$/, ''), new URL(apiUrl), apiUrl);
      refuseStranger(url, apiUrl);
      url.searchParams.set('name', name);
      return settled(UPLOAD, () =>
        octokit.request(`POST ${url.href}`, {
          data: body,
          headers: { 'content-type': BYTES, 'content-length': size },
          request: { retries: 0, fetch: sendFile },
        }),
      );
    },

    async download(route, parameters, from) {
      const range: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
      const { status, data } = await settled(route, () =>
        octokit.request(route, {
          owner,
          repo,
          ...parameters,
          headers: { ...range, accept: BYTES },
          request: { fetch: readFile(apiUrl), parseSuccessResponseBody: false },
        }),
      );
      if (status !== 200 && status !== 206) return { status, data };
      return { status, bytes: data as AsyncIterable<Uint8Array>, at: status === 206 ? from : 0 };
    },
  };
}

/** `api.github.com` takes files at `uploads.github.com`, and a server of one's own at the API's own host. */
function refuseStranger(url: URL, apiUrl: string): void {
  const api = new URL(apiUrl);
  if (url.host === api.host || url.host === api.host.replace(/^api\./, 'uploads.')) return;
  if (isLoopback(url.hostname) && isLoopback(api.hostname)) return;
  throw stranger(`uploads are to go to ${url.host}, which is not GitHub’s, and gets no token`, api);
}
