/** References to models that stay where they are: `s3://BUCKET/…`, `hf:REPO@COMMIT`, `oci://HOST/NAME@sha256:…`. */
import { type Problem, UserError } from '../../problem/problem.ts';
import { isDigest } from '../../verdict/digest.ts';
import { pathProblem } from '../names.ts';
import { type OciAddress, parseOciAddress } from '../oci/address.ts';

/** An object, or with a `/` at the end of its key all that is below. */
export interface S3Reference {
  readonly store: 's3';
  readonly bucket: string;
  readonly key: string;
}

export interface HfReference {
  readonly store: 'hf';
  readonly repo: string;
  /** A commit, if it is 40 hexadecimal digits; otherwise what moves. */
  readonly revision: string;
}

export interface OciReference {
  readonly store: 'oci';
  readonly address: OciAddress;
  /** Undefined if it is missing. */
  readonly digest: string | undefined;
  readonly tag: string;
}

export type StoreReference = S3Reference | HfReference | OciReference;

const FORMS = 'a path, s3://BUCKET/PREFIX/, hf:REPO@COMMIT or oci://HOST/NAME@sha256:DIGEST';

/** Is it the address of something, and not a path? */
export function isReference(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|(?:s3|hf|oci):)/i.test(text);
}

/** @param where it was read from. @throws UserError for a store that is not known, and for an address that is not one of its store. */
export function parseReference(text: string, where: string): StoreReference {
  const refuse = (what: string, fix: string): never => {
    throw new UserError({ what, where, fix } satisfies Problem);
  };
  const shown = /:\/\/[^/]*@/.test(text) ? 'an address with a login in it' : JSON.stringify(text);
  const [, scheme = ''] = /^([A-Za-z0-9+.-]+):/.exec(text) ?? [];
  switch (scheme) {
    case 's3': {
      const [, bucket = '', key = ''] =
        /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])(?:\/(.*))?$/s.exec(text) ?? [];
      const path = key.replace(/\/$/, '');
      const fault = bucket === '' ? 'names no bucket' : path === '' ? undefined : pathProblem(path);
      if (fault !== undefined)
        refuse(
          `${shown} ${fault}`,
          'write s3://BUCKET/PREFIX/ for a folder, or s3://BUCKET/KEY for one object',
        );
      return { store: 's3', bucket, key };
    }
    case 'hf': {
      const [, repo = '', revision = ''] =
        /^hf:(?:\/\/)?([A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)?)(?:@([\w./-]+))?$/.exec(text) ?? [];
      if (repo === '' || /\.\./.test(repo + revision))
        refuse(`${shown} is not a model on Hugging Face`, 'write hf:OWNER/NAME@COMMIT');
      return { store: 'hf', repo, revision };
    }
    case 'oci': {
      const [, name = '', tag = '', digest] =
        /^(.+?)(?::([\w.-]+))?(?:@([^@/]+))?$/.exec(text.slice('oci://'.length)) ?? [];
      if (!text.startsWith('oci://') || (digest !== undefined && !isDigest(digest)))
        refuse(`${shown} is not an artifact in a container registry`, 'write oci://HOST/NAME@sha256:DIGEST');
      return { store: 'oci', address: parseOciAddress(`oci://${name}`, where), digest, tag };
    }
    default:
      return refuse(
        `${scheme}: is not a store that ml-loop can ask for a SHA-256`,
        `write ${FORMS}; or copy the model to the runner first, and name its path`,
      );
  }
}

/** The reference as it is written down. */
export function shownReference(reference: StoreReference): string {
  switch (reference.store) {
    case 's3':
      return `s3://${reference.bucket}/${reference.key}`;
    case 'hf':
      return `hf:${reference.repo}@${reference.revision}`;
    default:
      return `oci://${reference.address.host}/${reference.address.path}@${reference.digest ?? ''}`;
  }
}
