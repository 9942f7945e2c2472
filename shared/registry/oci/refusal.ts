/** What a registry's refusals mean, and what to do about them. */
import { UserError } from '../../problem/problem.ts';
import { errors as isErrors } from '../../schema/generated/oci.js';
import { shapeReader } from '../../schema/shape.ts';

/** An answer with its whole text. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Asked {
  readonly host: string;
  /** GitHub's own container registry, which takes the job's token. */
  readonly ofGitHub: boolean;
  readonly repository: string;
  readonly push: boolean;
  /** Was a login or a token sent with it? */
  readonly known: boolean;
}

interface Fault {
  readonly code?: string;
  readonly message?: string;
}

const readErrors = shapeReader<{ readonly errors: readonly Fault[] }>(isErrors);
const LONGEST_MESSAGE = 200;

/** A registry said no, or does not know what was asked for. */
export class Refused extends UserError {}

/** The errors that a registry tells of, as distribution 1.1 has them; undefined if the answer does not tell of any. */
export function faultsOf({ text }: Pick<Answer, 'text'>): readonly Fault[] | undefined {
  const shaped = readErrors(text, '');
  return 'value' in shaped ? shaped.value.errors : undefined;
}

export function isHtml({ headers }: Pick<Answer, 'headers'>): boolean {
  return /^\s*text\/html\b/i.test(headers['content-type'] ?? '');
}

/** @throws Refused for a page that stands between the registry and us. */
export function refuseHtml(answer: Pick<Answer, 'headers' | 'status'>, where: string): void {
  if (!isHtml(answer)) return;
  throw new Refused({
    what: `answered with a web page (HTML, status ${answer.status}), which is not what a container registry answers`,
    where,
    fix: 'check the address in the input registry; a proxy or a login page may stand between it and the runner',
  });
}

/** A refusal that is not about a page. */
export function refusal(answer: Answer, doing: string, asked: Asked): Refused {
  const { status } = answer;
  const fault = faultsOf(answer)?.[0];
  return new Refused({
    what: `the registry refused to ${doing}: ${status}${saidBy(fault)}`,
    where: `${asked.host}/${asked.repository}`,
    fix: fixOf(status, fault, asked),
  });
}

/** The registry's own words, on one line. */
function saidBy(fault: Fault | undefined): string {
  const words = [fault?.code, fault?.message].filter((text) => text !== undefined && text !== '').join(' ');
  return words === '' ? '' : ` ${words.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, LONGEST_MESSAGE)}`;
}

function fixOf(status: number, fault: Fault | undefined, asked: Asked): string {
  if (status === 401 || status === 403) return permission(asked, status);
  if (status === 413 || fault?.code === 'SIZE_INVALID')
    return 'the registry takes nothing so large: pack many small files into one archive, or raise the registry’s limit';
  if (status === 404 && asked.push)
    return 'make the repository first: this registry does not make it by itself';
  if (status === 429) return 'the registry asks for fewer requests: run the job again later';
  return 'see the registry’s answer';
}

function permission({ ofGitHub, push, known, repository }: Asked, status: number): string {
  const level = push ? 'write' : 'read';
  if (!ofGitHub)
    return known
      ? `the login is not valid any more, or may not ${level} ${repository}: log in again with docker/login-action, before this step`
      : 'log in with docker/login-action before this step (or with `docker login`)';
  const expired =
    status === 401 && known ? 'the token has expired or was revoked, or the job lacks the line ' : '';
  return (
    `${expired === '' ? 'add to the job: ' : expired}\`permissions: { packages: ${level} }\`; if the package was made by another ` +
    'repository or by hand, give this repository access in the package’s settings (Manage Actions access)' +
    (push
      ? ''
      : '; before the first release GitHub may refuse to show what is not there yet: register the first version first')
  );
}
