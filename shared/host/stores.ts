/** How stores of models know the user, from the step's environment. */
import type { StoreSettings } from '../ports/ports.ts';
import { UserError } from '../problem/problem.ts';

/**
 * What `aws-actions/configure-aws-credentials` sets, or a user for MinIO or R2, and what Hugging Face's own tools read.
 * Secrets are masked before anyone can print them.
 */
export function storeSettings(env: NodeJS.ProcessEnv, mask: (secret: string) => void): StoreSettings {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = env;
  const named = env.AWS_ENDPOINT_URL_S3 ? 'AWS_ENDPOINT_URL_S3' : 'AWS_ENDPOINT_URL';
  const endpoint = env[named];
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  for (const value of [secret, session, env.HF_TOKEN]) if (value) mask(value);
  return {
    s3: {
      ...(endpoint ? { endpoint: addressOf(endpoint, named) } : {}),
      ...(region ? { region } : {}),
      ...(id && secret ? { credentials: { id, secret, ...(session ? { session } : {}) } } : {}),
    },
    hf: {
      ...(env.HF_ENDPOINT ? { endpoint: addressOf(env.HF_ENDPOINT, 'HF_ENDPOINT') } : {}),
      ...(env.HF_TOKEN ? { token: env.HF_TOKEN } : {}),
    },
  };
}

/** @throws UserError for what is not the address of a server; a login in it is not repeated. */
function addressOf(text: string, where: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  throw new UserError({
    what: 'is not the address of a server',
    where,
    fix: 'write https://HOST[:PORT], without a login; credentials are variables of their own',
  });
}
