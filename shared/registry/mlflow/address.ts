import { isLoopback } from '../../ports/loopback.ts';
import { UserError } from '../../problem/problem.ts';

/** Where an MLflow server is. */
export interface MlflowAddress {
  /** `https://HOST[:PORT][/PATH]`, without a slash at its end. */
  readonly base: string;
  /** `HOST[:PORT]`. */
  readonly host: string;
  /** Can what is sent there be read on the way? */
  readonly isOpen: boolean;
}

/**
 * `mlflow:https://HOST[:PORT][/PATH]`, or with a `+` in the place of the first colon; `http` on this machine, or for a
 * server that asks for no login.
 *
 * @throws UserError if it is anything else; a login in it is refused, and not repeated.
 */
export function parseMlflowAddress(text: string): MlflowAddress {
  const rest = text.slice('mlflow:'.length);
  const url = /^https?:\/\//i.test(rest) && URL.canParse(rest) ? new URL(rest) : undefined;
  const isPlain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url === undefined || !isPlain) {
    const what = text.includes('@') ? 'an address with a login in it' : JSON.stringify(text);
    throw new UserError({
      what: `${what} is not the address of an MLflow server`,
      where: 'input registry',
      fix: 'write mlflow:https://HOST or mlflow:https://HOST/PATH, as in MLFLOW_TRACKING_URI; logins are MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, in the step’s env',
    });
  }
  return {
    base: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    host: url.host,
    isOpen: url.protocol === 'http:' && !isLoopback(url.hostname),
  };
}
