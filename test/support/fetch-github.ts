import type { GitHub } from '../../shared/ports/ports.ts';
import type { GitHubServer } from './github-server.ts';

/** The GitHub port by plain fetch: routes and parameters as in GitHub's documentation, nothing retried. */
export function fetchGitHub(server: GitHubServer, token = 'write-token'): GitHub {
  const [owner = '', repo = ''] = server.repository.split('/');
  const github: GitHub = {
    owner,
    repo,
    list: (route, parameters) => github.request(route, parameters),
    async request(route, parameters = {}) {
      const [method = 'GET', template = ''] = route.split(' ');
      const body: Record<string, unknown> = { owner, repo, ...parameters };
      const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
        const value = encodeURIComponent(String(body[name]));
        delete body[name];
        return value;
      });
      const hasBody = method !== 'GET' && method !== 'DELETE';
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `token ${token}`, ...(hasBody && { 'content-type': 'application/json' }) },
        ...(hasBody && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, data: text === '' ? undefined : JSON.parse(text) };
    },
  };
  return github;
}
