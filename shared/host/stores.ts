/** How stores of models know the user, from the step's environment. */
import type { AzSettings, GsSettings, StoreSettings } from '../ports/ports.ts';
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
  const gs = gsOf(env);
  const az = azOf(env);
  const secrets = [secret, session, env.HF_TOKEN, gs.token, az.key, az.token, az.sas];
  for (const value of secrets) if (value) mask(value);
  const signature = az.sas && new URLSearchParams(az.sas).get('sig');
  if (signature) mask(signature);
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
    gs,
    az,
  };
}

/** What google-github-actions/auth sets, or a token as Terraform knows it. */
function gsOf(env: NodeJS.ProcessEnv): GsSettings {
  const { STORAGE_EMULATOR_HOST: emulator, GOOGLE_APPLICATION_CREDENTIALS: credentials } = env;
  const token = env.GOOGLE_OAUTH_ACCESS_TOKEN || env.CLOUDSDK_AUTH_ACCESS_TOKEN;
  const endpoint = emulator && (/^https?:/.test(emulator) ? emulator : `http://${emulator}`);
  return {
    ...(endpoint ? { endpoint: addressOf(endpoint, 'STORAGE_EMULATOR_HOST') } : {}),
    ...(token ? { token } : {}),
    ...(credentials ? { credentials } : {}),
  };
}

/** The names of Azure's command line, and of its libraries for an app with a federated credential. */
function azOf(env: NodeJS.ProcessEnv): AzSettings {
  const endpoint = env.AZURE_STORAGE_SERVICE_ENDPOINT;
  const { AZURE_CLIENT_ID: client, AZURE_TENANT_ID: tenant, AZURE_AUTHORITY_HOST: authority } = env;
  const sas = env.AZURE_STORAGE_SAS_TOKEN?.replace(/^\?/, '');
  return {
    ...(endpoint ? { endpoint: addressOf(endpoint, 'AZURE_STORAGE_SERVICE_ENDPOINT') } : {}),
    ...(env.AZURE_STORAGE_ACCOUNT ? { account: env.AZURE_STORAGE_ACCOUNT } : {}),
    ...(sas ? { sas } : {}),
    ...(env.AZURE_STORAGE_KEY ? { key: env.AZURE_STORAGE_KEY } : {}),
    ...(env.AZURE_STORAGE_TOKEN ? { token: env.AZURE_STORAGE_TOKEN } : {}),
    ...(client && tenant ? { client, tenant } : {}),
    ...(authority ? { authority: addressOf(authority, 'AZURE_AUTHORITY_HOST') } : {}),
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
