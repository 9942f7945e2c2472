/** The settings of a repository as GitHub's API tells them, for whoever only looks. */
import type { Answer } from './github-git.ts';
import { Refused } from './github-git.ts';

export interface Settings {
  readonly private?: boolean;
  readonly branch?: string;
  readonly pushedAt?: string;
  /** Protection rules by environment. */
  readonly environments?: Readonly<Record<string, readonly string[]>>;
  readonly secrets?: readonly string[];
  readonly environmentSecrets?: Readonly<Record<string, readonly string[]>>;
  readonly permissions?: Readonly<Record<string, unknown>>;
  readonly defaultPermissions?: 'read' | 'write';
  /** May Actions open pull requests? */
  readonly pullRequests?: boolean;
  /** Required checks, by branch protection and by rules. */
  readonly required?: readonly string[];
  readonly rules?: readonly string[];
  /** Versions of the repository's own runners, all with the label `self-hosted`. */
  readonly runners?: readonly string[];
  /** Is the token one of an administrator? A job's token is not. */
  readonly administrator?: boolean;
  /** Versions of other repositories, by `OWNER/REPO`. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
}

const refused = () => new Refused(403, 'Resource not accessible by integration');

/** Undefined if it is not a route of these. */
export function settingsRoute(settings: Settings, method: string, path: string): Answer | undefined {
  if (method !== 'GET') return undefined;
  const { administrator = true, environments = {}, secrets = [], branch = 'main' } = settings;
  const named = (names: readonly string[]) => names.map((name) => ({ name }));
  if (path === '')
    return {
      status: 200,
      body: {
        default_branch: branch,
        private: settings.private ?? true,
        pushed_at: settings.pushedAt ?? '2026-01-01T00:00:00Z',
      },
    };
  if (path === '/environments') {
    const list = Object.entries(environments).map(([name, rules]) => ({
      name,
      protection_rules: rules.map((type) => ({ type })),
    }));
    return { status: 200, list, wrapped: 'environments' };
  }
  if (path === `/rules/branches/${branch}`) {
    const checks = (settings.rules ?? []).map((context) => ({ context }));
    return {
      status: 200,
      list:
        checks.length === 0
          ? []
          : [{ type: 'required_status_checks', parameters: { required_status_checks: checks } }],
    };
  }
  const secretPath = /^\/(?:environments\/([^/]+)|actions)\/(secrets|organization-secrets)$/.exec(path);
  const isAdministrators =
    secretPath !== null ||
    path.startsWith('/actions/permissions') ||
    path === '/actions/runners' ||
    path.endsWith('/protection/required_status_checks');
  if (!isAdministrators) return undefined;
  if (!administrator) throw refused();
  if (secretPath !== null) {
    const own = secretPath[2] === 'secrets' ? secrets : [];
    const names = secretPath[1] === undefined ? own : (settings.environmentSecrets?.[secretPath[1]] ?? []);
    return { status: 200, list: named(names), wrapped: 'secrets' };
  }
  if (path === '/actions/runners') {
    const list = (settings.runners ?? []).map((version, id) => ({
      id,
      name: `box-${id}`,
      version,
      labels: [{ name: 'self-hosted' }],
    }));
    return { status: 200, list, wrapped: 'runners' };
  }
  if (path === '/actions/permissions')
    return { status: 200, body: { enabled: true, allowed_actions: 'all', ...settings.permissions } };
  if (path === '/actions/permissions/workflow')
    return {
      status: 200,
      body: {
        default_workflow_permissions: settings.defaultPermissions ?? 'read',
        can_approve_pull_request_reviews: settings.pullRequests ?? false,
      },
    };
  if (settings.required === undefined) throw new Refused(404, 'Branch not protected');
  return { status: 200, body: { contexts: settings.required } };
}

/** Other repositories, of which only the versions are asked. */
export function otherRepository({ others = {} }: Settings, method: string, path: string): Answer | undefined {
  const [, name = '', ref] = /^\/repos\/([^/]+\/[^/]+)(?:\/commits\/(.+))?$/.exec(path) ?? [];
  if (method !== 'GET' || !Object.hasOwn(others, name)) return undefined;
  if (ref === undefined) return { status: 200, body: { full_name: name } };
  if (others[name]?.includes(ref) === true) return { status: 200, body: { sha: 'a'.repeat(40) } };
  throw new Refused(422, `No commit found for SHA: ${ref}`);
}
