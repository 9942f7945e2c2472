/** What an OCI registry keeps and answers (distribution 1.1), strictly: what the specification forbids is an error. */
import { createHash } from 'node:crypto';

export interface OciRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface OciAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface OciStoreOptions {
  /** Is there `/referrers/`? Without it, pushed subjects are not told of either. */
  readonly referrers?: boolean;
  /** May tags be deleted? */
  readonly deletes?: boolean;
  readonly catalog?: boolean;
  /** The most tags on one page. */
  readonly page?: number;
  /** Blobs are fetched from elsewhere. */
  readonly redirects?: boolean;
  /** What a chunk of an upload is answered with, if chunks are not taken. */
  readonly refuseChunks?: number;
  /** Longer chunks are not taken (416), as at GitHub's. */
  readonly mostChunk?: number;
  /** Shorter chunks, except the last one, are not taken (416), which is told at the beginning. */
  readonly leastChunk?: number;
  /** Are blobs mounted from other repositories? */
  readonly mounts?: boolean;
}

interface Upload {
  readonly name: string;
  bytes: Buffer;
}

interface Manifest {
  readonly text: string;
  readonly type: string;
}

class Repo {
  readonly manifests = new Map<string, Manifest>();
  readonly tags = new Map<string, string>();
  readonly blobs = new Map<string, Buffer>();
}

export function sha256(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function failure(status: number, code: string, message = code.toLowerCase()): OciAnswer {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { status, headers: { 'content-type': 'application/json' }, body };
}

function json(value: unknown, headers: Record<string, string> = {}): OciAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

export class OciStore {
  readonly repos = new Map<string, Repo>();
  readonly #uploads = new Map<string, Upload>();
  readonly #options: OciStoreOptions;
  #number = 0;
  /** Was the last chunk one that only the last may be? */
  #short = false;

  constructor(options: OciStoreOptions = {}) {
    this.#options = options;
  }

  repo(name: string): Repo {
    const found = this.repos.get(name) ?? new Repo();
    this.repos.set(name, found);
    return found;
  }

  answer(request: OciRequest): OciAnswer {
    const { method, path } = request;
    if (path === '/v2/') return json({});
    if (path === '/v2/_catalog') return this.#catalog(request);
    const [, name = '', kind = '', reference = ''] =
      /^\/v2\/(.+?)\/(tags\/list|manifests|blobs|referrers)(?:\/(.*))?$/.exec(path) ?? [];
    if (!/^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/.test(name))
      return failure(400, 'NAME_INVALID');
    if (kind === 'tags/list') return this.#tags(name, request);
    if (kind === 'referrers') return this.#referrers(name, reference);
    if (kind === 'blobs') return this.#blob(name, reference, request);
    if (method === 'PUT') return this.#putManifest(name, reference, request);
    if (method === 'DELETE') return this.#untag(name, reference);
    return this.#manifest(name, reference, method);
  }

  #catalog({ query }: OciRequest): OciAnswer {
    if (this.#options.catalog === false) return failure(404, 'UNSUPPORTED');
    return this.#page([...this.repos.keys()].sort(), query, '/v2/_catalog', (repositories) => ({
      repositories,
    }));
  }

  #tags(name: string, { query }: OciRequest): OciAnswer {
    const repo = this.repos.get(name);
    if (repo === undefined) return failure(404, 'NAME_UNKNOWN');
    return this.#page([...repo.tags.keys()].sort(), query, `/v2/${name}/tags/list`, (tags) => ({
      name,
      tags,
    }));
  }

  #page(
    all: readonly string[],
    query: URLSearchParams,
    path: string,
    body: (items: string[]) => unknown,
  ): OciAnswer {
    const size = Math.min(Number(query.get('n') ?? 100), this.#options.page ?? 100);
    const last = query.get('last') ?? '';
    const rest = all.filter((item) => item > last);
    const items = rest.slice(0, size);
    const next: Record<string, string> =
      rest.length > size
        ? { link: `<${path}?n=${size}&last=${encodeURIComponent(items.at(-1) ?? '')}>; rel="next"` }
        : {};
    return json(body(items), next);
  }

  #referrers(name: string, subject: string): OciAnswer {
    if (this.#options.referrers !== true) return failure(404, 'NOT_FOUND');
    const manifests = [...this.repo(name).manifests].flatMap(([digest, { text, type }]) => {
      const { subject: of, artifactType, annotations } = JSON.parse(text);
      return of?.digest === subject
        ? [{ mediaType: type, artifactType, annotations, digest, size: text.length }]
        : [];
    });
    return json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests });
  }

  #manifest(name: string, reference: string, method: string): OciAnswer {
    const repo = this.repos.get(name);
    const digest = reference.startsWith('sha256:') ? reference : repo?.tags.get(reference);
    const found = digest === undefined ? undefined : repo?.manifests.get(digest);
    if (digest === undefined || found === undefined) return failure(404, 'MANIFEST_UNKNOWN');
    return {
      status: 200,
      headers: { 'content-type': found.type, 'docker-content-digest': digest },
      body: method === 'HEAD' ? '' : found.text,
    };
  }

  #putManifest(name: string, reference: string, { body, headers }: OciRequest): OciAnswer {
    if (body.length > 4 * 1024 * 1024) return failure(413, 'SIZE_INVALID');
    const text = body.toString('utf8');
    const type = headers['content-type'] ?? '';
    const content = JSON.parse(text);
    const repo = this.repo(name);
    const digest = sha256(body);
    if (content.schemaVersion !== 2 || content.mediaType !== type)
      return failure(400, 'MANIFEST_INVALID', 'media type');
    if (
      reference.startsWith('sha256:')
        ? reference !== digest
        : !/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(reference)
    )
      return failure(400, 'DIGEST_INVALID');
    const needed = content.manifests === undefined ? [content.config, ...content.layers] : [];
    for (const { digest: blob, size } of needed)
      if (repo.blobs.get(blob)?.length !== size) return failure(404, 'MANIFEST_BLOB_UNKNOWN', blob);
    for (const { digest: manifest } of content.manifests ?? [])
      if (!repo.manifests.has(manifest)) return failure(404, 'MANIFEST_UNKNOWN', manifest);
    repo.manifests.set(digest, { text, type });
    if (!reference.startsWith('sha256:')) repo.tags.set(reference, digest);
    const subject: Record<string, string> =
      this.#options.referrers === true && content.subject !== undefined
        ? { 'oci-subject': content.subject.digest }
        : {};
    return {
      status: 201,
      headers: { location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest, ...subject },
    };
  }

  #untag(name: string, reference: string): OciAnswer {
    if (this.#options.deletes !== true) return failure(405, 'UNSUPPORTED');
    return this.repo(name).tags.delete(reference) ? { status: 202 } : failure(404, 'MANIFEST_UNKNOWN');
  }

  #begin(name: string, { query }: OciRequest): OciAnswer {
    const mount = query.get('mount');
    const mounted = this.repos.get(query.get('from') ?? '')?.blobs.get(mount ?? '');
    if (mount !== null && mounted !== undefined && this.#options.mounts === true) {
      this.repo(name).blobs.set(mount, mounted);
      return { status: 201, headers: { location: `/v2/${name}/blobs/${mount}` } };
    }
    const id = `u${++this.#number}`;
    this.#uploads.set(id, { name, bytes: Buffer.alloc(0) });
    const least = this.#options.leastChunk;
    const told: Record<string, string> = least === undefined ? {} : { 'oci-chunk-min-length': String(least) };
    return { status: 202, headers: { location: `/v2/${name}/blobs/uploads/${id}?_state=a%2Fb`, ...told } };
  }

  #upload(name: string, id: string, request: OciRequest): OciAnswer {
    const { method, query, body } = request;
    const upload = this.#uploads.get(id);
    if (upload?.name !== name || query.get('_state') !== 'a/b') return failure(404, 'BLOB_UPLOAD_UNKNOWN');
    const location = `/v2/${name}/blobs/uploads/${id}?_state=a%2Fb`;
    const range = () => `0-${Math.max(0, upload.bytes.length - 1)}`;
    if (method === 'GET') return { status: 204, headers: { location, range: range() } };
    if (method === 'PATCH') {
      const refused = this.#chunkProblem(upload, request);
      if (refused !== undefined) return refused;
      upload.bytes = Buffer.concat([upload.bytes, body]);
      return { status: 202, headers: { location, range: range() } };
    }
    const digest = query.get('digest') ?? '';
    const whole = Buffer.concat([upload.bytes, body]);
    if (sha256(whole) !== digest) return failure(400, 'DIGEST_INVALID');
    this.#uploads.delete(id);
    this.repo(name).blobs.set(digest, whole);
    return { status: 201, headers: { location: `/v2/${name}/blobs/${digest}` } };
  }

  #chunkProblem({ bytes }: Upload, { headers, body }: OciRequest): OciAnswer | undefined {
    const { refuseChunks, mostChunk = Number.POSITIVE_INFINITY, leastChunk = 0 } = this.#options;
    if (refuseChunks !== undefined) return failure(refuseChunks, 'UNSUPPORTED');
    const [, first, last] = /^(\d+)-(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
    const length = Number(last) - Number(first) + 1;
    if (headers['content-length'] !== String(length) || body.length > length)
      return failure(400, 'BLOB_UPLOAD_INVALID');
    const isLate = this.#short;
    this.#short = length < leastChunk;
    return Number(first) !== bytes.length || length > mostChunk || isLate ? failure(416, 'RANGE') : undefined;
  }

  #blob(name: string, reference: string, request: OciRequest): OciAnswer {
    const { method } = request;
    const repo = this.repos.get(name);
    if (method === 'POST' && reference === 'uploads/') return this.#begin(name, request);
    if (reference.startsWith('uploads/'))
      return this.#upload(name, reference.slice('uploads/'.length), request);
    const found = repo?.blobs.get(reference);
    if (found === undefined) return failure(404, 'BLOB_UNKNOWN');
    if (method === 'HEAD') return { status: 200, headers: { 'content-length': String(found.length) } };
    if (this.#options.redirects === true)
      return { status: 307, headers: { location: `/storage/${name}?digest=${reference}` } };
    return ranged(found, request.headers.range);
  }
}

/** A blob, or the rest of it. */
export function ranged(bytes: Buffer, range: string | undefined): OciAnswer {
  const [, from] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  if (from === undefined)
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes };
  return {
    status: 206,
    headers: { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` },
    body: bytes.subarray(Number(from)),
  };
}
