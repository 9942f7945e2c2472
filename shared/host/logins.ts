import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Login, Logins, MlflowLogin } from '../ports/ports.ts';
import { systemCode, UserError } from '../problem/problem.ts';

export interface LoginsOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The job's token, which GitHub's own container registry takes. */
  readonly token?: string | undefined;
  /** That registry's host. */
  readonly containers: string;
  readonly mask?: (secret: string) => void;
}

/**
 * Logins at container registries: the job's token for GitHub's own, and what `docker login` (docker/login-action) has
 * written for any other. Programs that keep logins elsewhere (`credHelpers`) are not asked. Logins at MLflow servers are
 * those of MLflow's own environment variables.
 */
export function createLogins({ env, token, containers, mask = () => {} }: LoginsOptions): Logins {
  const masked = new Set<string>();
  const maskOnce = (secret: string) => {
    if (masked.has(secret)) return;
    masked.add(secret);
    mask(secret);
  };
  return {
    mask: maskOnce,
    async of(host) {
      if (host === containers && token !== undefined)
        return { user: env.GITHUB_ACTOR || 'ml-loop', password: token };
      const found = await dockerLogin(host, env);
      if (found !== undefined) maskOnce(found.password);
      return found;
    },
    mlflow() {
      const found = mlflowLogin(env);
      if (found !== undefined) maskOnce('token' in found ? found.token : found.password);
      return found;
    },
  };
}

/** As MLflow's own clients: of both the name and password come before the token. */
function mlflowLogin(env: NodeJS.ProcessEnv): MlflowLogin | undefined {
  const { MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password } = env;
  if (user && password) return { user, password };
  const { MLFLOW_TRACKING_TOKEN: token } = env;
  if (token && /^[\x21-\x7e]+$/.test(token)) return { token };
  if (token) {
    throw new UserError({
      what: 'holds what a token cannot hold, such as a space or the end of a line',
      where: 'environment variable MLFLOW_TRACKING_TOKEN',
      fix: 'store the token alone in the secret',
    });
  }
  if (!user && !password) return undefined;
  throw new UserError({
    what: `has a value, and ${user ? 'MLFLOW_TRACKING_PASSWORD' : 'MLFLOW_TRACKING_USERNAME'} has none`,
    where: `environment variable ${user ? 'MLFLOW_TRACKING_USERNAME' : 'MLFLOW_TRACKING_PASSWORD'}`,
    fix: 'give the step’s env both from secrets; a secret that does not exist, or that a pull request from a fork does not get, is empty',
  });
}

/** GitHub's container registry: `ghcr.io`, or that of a server of one's own. */
export function containersOf({ GITHUB_SERVER_URL: server = '' }: NodeJS.ProcessEnv): string {
  const [, host] = /^https?:\/\/([A-Za-z0-9.-]+)(?::\d+)?\/?$/.exec(server) ?? [];
  return host === undefined || host === 'github.com' ? 'ghcr.io' : `containers.${host}`;
}

async function dockerLogin(host: string, env: NodeJS.ProcessEnv): Promise<Login | undefined> {
  const file = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
  const entry = entryOf(await textOf(file), file, host);
  if (entry === undefined) return undefined;
  const [, user, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(entry, 'base64').toString('utf8')) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return '{}';
    throw unreadable(`cannot be read (${code})`, file);
  }
}

/** Docker Hub's registry, whose login Docker keeps under the name that it had first. */
const HUB = { host: 'registry-1.docker.io', name: 'index.docker.io' };

/** `auth` of the host, which Docker writes as `HOST`, `https://HOST` or `https://HOST/v1/`. */
function entryOf(text: string, file: string, host: string): string | undefined {
  try {
    const { auths } = JSON.parse(text) as { auths?: Record<string, { auth?: unknown }> };
    const key = host === HUB.host ? HUB.name : host;
    const names = [
      host,
      key,
      `https://${key}`,
      `https://${key}/`,
      `https://${key}/v1/`,
      `https://${key}/v2/`,
    ];
    const found = names.map((name) => auths?.[name]?.auth).find((auth) => typeof auth === 'string');
    return found === '' ? undefined : (found as string | undefined);
  } catch {
    throw unreadable('is not JSON', file);
  }
}

function unreadable(what: string, where: string): UserError {
  return new UserError({ what, where, fix: 'log in again with docker/login-action or `docker login`' });
}
