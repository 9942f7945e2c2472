/** What S3's refusals mean, and what to do about them. */
import { type Problem, UserError } from '../../problem/problem.ts';
import { saidBy, type TextAnswer } from '../remote/answer.ts';
import { xmlTexts } from './xml.ts';

/** What was asked for, and what it takes. */
export interface S3Asked {
  readonly doing: string;
  /** `s3://BUCKET/KEY`. */
  readonly where: string;
  /** Was one state of the object asked for, which a version names? */
  readonly pinned: boolean;
  /** What to say if the object is in another state. */
  readonly replaced: ReplacedObject;
  /** The IAM action, such as `s3:GetObject`, and the resource it is about. */
  readonly action: string;
  readonly resource: string;
  /** Were the user's credentials sent? */
  readonly known: boolean;
  readonly region: string | undefined;
}

/** S3 says that there is no such object, or no such version of it. */
export class NoSuchObject extends UserError {}

const LOG_IN =
  'run aws-actions/configure-aws-credentials before this step, in a job with `permissions: { id-token: write }`';

export type ReplacedObject = Required<Pick<Problem, 'what' | 'fix'>>;

export const SINCE_REGISTERED: ReplacedObject = {
  what: 'was replaced since it was registered',
  fix: 'put the registered object back, or register the new one as a version of its own',
};

export function s3Refusal(
  answer: Pick<TextAnswer, 'status' | 'headers' | 'text'>,
  asked: S3Asked,
): UserError {
  const { status } = answer;
  const texts = xmlTexts(answer.text) ?? [];
  const said = (name: string) => texts.find(({ path }) => path === `Error/${name}`)?.text ?? '';
  const code = said('Code');
  const problem = { where: asked.where, fix: fixOf(answer, code, asked) };
  if (status === 404 && code !== 'NoSuchBucket')
    return new NoSuchObject({ what: `is not in the bucket${asked.pinned ? ' any more' : ''}`, ...problem });
  if (status === 412) return new UserError({ what: asked.replaced.what, ...problem });
  const what = `the bucket refused to ${asked.doing}: ${status}${saidBy([code, said('Message')])}`;
  return new UserError({ what, ...problem });
}

function fixOf(
  { status, headers }: Pick<TextAnswer, 'status' | 'headers'>,
  code: string,
  asked: S3Asked,
): string {
  const region = headers['x-amz-bucket-region'];
  if (region !== undefined && region !== (asked.region ?? 'us-east-1') && status !== 404)
    return `the bucket is in ${region}: set \`aws-region: ${region.replace(/[^a-z0-9-]/g, '')}\` of configure-aws-credentials, or AWS_REGION`;
  if (/^(ExpiredToken|TokenRefreshRequired)/.test(code) || (status === 400 && code === '' && asked.known))
    return `the credentials have expired: ${LOG_IN}, shortly before it`;
  if (/^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken)/.test(code))
    return `AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN do not belong together, or are another store’s: ${LOG_IN}`;
  if (code === 'RequestTimeTooSkewed') return 'set the runner’s clock';
  if (code === 'InvalidObjectState')
    return 'the object is archived: restore it (aws s3api restore-object) first';
  if (status === 401 || status === 403) {
    if (!asked.known)
      return `no credentials were sent: ${LOG_IN}; or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`;
    return `allow the role \`${asked.action}\` on \`${asked.resource}\` (and \`kms:Decrypt\` on its key if the bucket is encrypted with one of yours)`;
  }
  if (asked.pinned && code !== 'NoSuchBucket' && (status === 404 || status === 412))
    return asked.replaced.fix;
  if (code === 'NoSuchBucket' || status === 404)
    return 'check the bucket and the key for slips; a store other than AWS is named by AWS_ENDPOINT_URL_S3';
  return 'see the store’s answer';
}
