/** What an MLflow server's refusals mean, and what to do about them. */
import { Unreachable, UserError } from '../../problem/problem.ts';
import { failure as isFailed } from '../../schema/generated/mlflow.js';
import { shapeReader } from '../../schema/shape.ts';
import { isHtml, RegistryRefusal, saidBy, type TextAnswer } from '../remote/answer.ts';

/** What should answer. */
export const MLFLOW_SERVER = 'an MLflow server';

/** The answers to files that a proxy does not let through: too large, or not stored before it lost patience. */
const TOO_SLOW = [408, 502, 504, 524];

interface Failure {
  readonly error_code: string;
  readonly message?: string;
}

const readFailure = shapeReader<Failure>(isFailed);

/** What MLflow itself says of a failure; undefined if something else answered. */
export function failureOf({ text }: Pick<TextAnswer, 'text'>): Failure | undefined {
  const shaped = readFailure(text, '');
  return 'value' in shaped ? shaped.value : undefined;
}

/** Does MLflow say that there is no such thing? */
export function isNotFound(answer: TextAnswer): boolean {
  return failureOf(answer)?.error_code === 'RESOURCE_DOES_NOT_EXIST';
}

/** Does the server not know the route, as MLflow 2 those of MLflow 3? */
export function isUnknownRoute(answer: TextAnswer): boolean {
  if (answer.status === 405) return true;
  return answer.status === 404 && (isHtml(answer) || failureOf(answer)?.error_code === 'ENDPOINT_NOT_FOUND');
}

/** May the same write be taken if it comes again? Not if the server does not let it in, or does not take what it says. */
export function mayPass(answer: TextAnswer): boolean {
  const code = failureOf(answer)?.error_code;
  return ![401, 403].includes(answer.status) && code !== undefined && code !== 'INVALID_PARAMETER_VALUE';
}

export interface MlflowQuestion {
  readonly doing: string;
  readonly where: string;
  /** Was a login sent with it? */
  readonly known: boolean;
}

/** @throws Refused */
export function refuseAnswer(answer: TextAnswer, { doing, where, known }: MlflowQuestion): never {
  const { status, headers } = answer;
  const to = status >= 300 && status < 400 ? saidBy(['to', originOf(headers.location)]) : '';
  const failed = failureOf(answer);
  throw new RegistryRefusal({
    what: `the MLflow server refused to ${doing}: ${status}${to}${saidBy([failed?.error_code, failed?.message])}`,
    where,
    fix: fixOf(answer, known),
  });
}

function fixOf(answer: TextAnswer, known: boolean): string {
  const { status } = answer;
  if (status === 401) {
    return known
      ? 'the login is wrong or has expired: renew MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, in the secrets that the step’s env gives'
      : 'add to the step’s env MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, from secrets';
  }
  if (status === 403)
    return 'give the user of the login the permission EDIT (READ is enough to read) on the registered model and on the experiment of the same name';
  if (status === 413) return LARGE;
  if (status >= 300 && status < 400)
    return 'write the address that it leads to into the input registry; if that is a login page, give the step’s env a login that the server takes without it';
  if (failureOf(answer) === undefined)
    return 'check the address in the input registry: the API of MLflow is at this address and /api/2.0';
  return 'see the server’s answer';
}

const LARGE =
  'a proxy in front of MLflow does not let so large a file through: raise its limits of size and time (nginx: client_max_body_size, proxy_read_timeout; gunicorn: --timeout), or use oci: or dir:, which store a large file in pieces';

/** An upload's failure, in the words of what to do about files that are too large for a proxy. */
export function refusedUpload(error: unknown): unknown {
  if (!(error instanceof Unreachable) || !TOO_SLOW.includes(error.lastStatus ?? 0)) return error;
  const [problem] = error.problems;
  return problem === undefined ? error : new UserError({ ...problem, fix: LARGE });
}

function originOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : 'another place';
}
