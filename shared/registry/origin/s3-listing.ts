/** `ListObjectsV2` of S3: one page of the objects below a prefix. */
import { UserError } from '../../problem/problem.ts';
import { xmlTexts } from './xml.ts';

export interface S3Listing {
  readonly objects: readonly { readonly key: string; readonly size: number }[];
  /** The token of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

const ROOT = 'ListBucketResult';

/**
 * @param prefix what all keys begin with.
 * @throws UserError for a text that is not such a page, and for one that ends before the list does.
 */
export function readListing(text: string, prefix: string, where: string): S3Listing {
  const texts = xmlTexts(text);
  if (texts === undefined || texts.at(-1)?.path !== ROOT) throw notAList(where);
  const all = (name: string) =>
    texts.filter(({ path }) => path === `${ROOT}/${name}`).map((found) => found.text);
  const [encoding] = all('EncodingType');
  const keys = all('Contents/Key').map((key) => (encoding === 'url' ? urlDecoded(key) : key));
  const sizes = all('Contents/Size').map(Number);
  const [truncated = 'false'] = all('IsTruncated');
  const [next] = all('NextContinuationToken');
  const isWhole =
    keys.length === sizes.length && keys.every((key) => key?.startsWith(prefix)) && !sizes.some(Number.isNaN);
  if (!isWhole || !['true', 'false'].includes(truncated)) throw notAList(where);
  if (truncated === 'true' && !next) {
    throw new UserError({
      what: 'the store’s list ends before all objects are in it, and does not say how it goes on',
      where,
      fix: 'name one object, or a folder with fewer; see the store’s documentation of ListObjectsV2',
    });
  }
  return {
    objects: keys.map((key = '', at) => ({ key, size: sizes[at] ?? 0 })),
    next: truncated === 'true' ? next : undefined,
  };
}

/** As S3 encodes keys: by percent signs, and blanks as `+`. */
function urlDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function notAList(where: string): UserError {
  return new UserError({
    what: 'the answer is not a list of objects as S3 gives it',
    where,
    fix: 'check the bucket’s name and AWS_ENDPOINT_URL_S3: the server there may be another one',
  });
}
