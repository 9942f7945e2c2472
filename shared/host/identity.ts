import type { Identity } from '../ports/ports.ts';
import { messageOf, UserError } from '../problem/problem.ts';
import { exchange } from './exchange.ts';

const TIMEOUT_MS = 30_000;

/** GitHub's tokens for the job, if it has the permission `id-token: write`: the runner says where they are given. */
export function identityOf(env: NodeJS.ProcessEnv, mask: (secret: string) => void): Identity | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env;
  if (!url || !secret) return undefined;
  return {
    token: async (audience) => {
      mask(secret);
      try {
        const { status, body } = await exchange({
          method: 'GET',
          url: `${url}&audience=${encodeURIComponent(audience)}`,
          headers: { authorization: `Bearer ${secret}`, accept: 'application/json' },
          timeoutMs: TIMEOUT_MS,
        });
        const { value } = JSON.parse(body.toString('utf8')) as { value?: unknown };
        if (typeof value !== 'string' || value === '')
          throw new Error(`it answers ${status} without a token`);
        mask(value);
        return value;
      } catch (error) {
        throw new UserError({
          what: `gives no token of OpenID Connect (${messageOf(error)})`,
          where: 'ACTIONS_ID_TOKEN_REQUEST_URL',
          fix: 'run the job again',
        });
      }
    },
  };
}
