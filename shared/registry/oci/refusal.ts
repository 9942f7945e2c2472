/** What a registry's refusals mean, and what to do about them. */
import { errors as isErrors } from '../../schema/generated/oci.js';
import { shapeReader } from '../../schema/shape.ts';
import { RegistryRefusal, saidBy, type TextAnswer } from '../remote/answer.ts';

/** What should answer. */
export const OCI_SERVER = 'a container registry';

export interface OciQuestion {
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

/** The errors that a registry tells of, as distribution 1.1 has them; undefined if the answer does not tell of any. */
export function faultsOf({ text }: Pick<TextAnswer, 'text'>): readonly Fault[] | undefined {
  const shaped = readErrors(text, '');
  return 'value' in shaped ? shaped.value.errors : undefined;
}

/** A refusal that is not about a page. */
export function ociRefusal(answer: TextAnswer, doing: string, asked: OciQuestion): RegistryRefusal {
  const { status } = answer;
  const fault = faultsOf(answer)?.[0];
  return new RegistryRefusal({
    what: `the registry refused to ${doing}: ${status}${saidBy([fault?.code, fault?.message])}`,
    where: `${asked.host}/${asked.repository}`,
    fix: fixOf(status, fault, asked),
  });
}

function fixOf(status: number, fault: Fault | undefined, asked: OciQuestion): string {
  if (status === 401 || status === 403) return permission(asked, status);
  if (status === 413 || fault?.code === 'SIZE_INVALID')
    return 'the registry takes nothing so large: pack many small files into one archive, or raise the registry’s limit';
  if (status === 404 && asked.push)
    return 'make the repository first: this registry does not make it by itself';
  if (status === 429) return 'the registry asks for fewer requests: run the job again later';
  return 'see the registry’s answer';
}

function permission({ ofGitHub, push, known, repository }: OciQuestion, status: number): string {
  const level = push ? 'write' : 'read';
  if (!ofGitHub)
    return known
      ? `the login is not valid any more, or may not ${level} ${repository}: log in again with docker/login-action, before this step`
      : `log in with docker/login-action before this step (or with \`docker login\`)${push ? '' : '; if that is done, check the name: registries also answer so for what is not there'}`;
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
