/** Releases with their assets as GitHub's API keeps them, in memory. */
import { createHash } from 'node:crypto';
import { type Answer, type Json, Refused, type Repository } from './github-git.ts';

export interface Asset {
  readonly id: number;
  readonly name: string;
  /** `starter` while its bytes come, and for ever if they break off. */
  state: 'starter' | 'uploaded';
  bytes: Buffer;
}

export interface Release {
  readonly id: number;
  tag_name: string;
  name: string;
  body: string;
  draft: boolean;
  make_latest: string;
  immutable: boolean;
  readonly assets: Asset[];
}

export interface ReleaseOptions {
  /** Published releases stay as they are, and so do their tags. */
  readonly immutable?: boolean;
  /** Does GitHub tell the SHA-256 of assets? Older servers do not. */
  readonly digests?: boolean;
}

/** GitHub takes assets of less than 2 GiB, and so many of them. */
const MOST_ASSETS = 1000;

export class Releases {
  readonly all: Release[] = [];
  /** Tags of immutable releases that were deleted. */
  readonly burned = new Set<string>();
  readonly #git: Repository;
  readonly #options: ReleaseOptions;
  #id = 100;

  constructor(git: Repository, options: ReleaseOptions) {
    this.#git = git;
    this.#options = options;
  }

  /** The address that GitHub gives for uploads, and by which it finds an asset's bytes. */
  uploads = '';
  storage = '';

  route(method: string, path: string, body: Json, canWrite: boolean): Answer | undefined {
    const routes: readonly [string, RegExp, (id: number) => Answer][] = [
      ['GET', /^\/releases$/, () => this.#list(canWrite)],
      ['POST', /^\/releases$/, () => this.#create(body)],
      ['GET', /^\/releases\/(\d+)$/, (id) => ok(this.#shown(this.#release(id, canWrite)))],
      ['PATCH', /^\/releases\/(\d+)$/, (id) => this.#change(id, body)],
      ['DELETE', /^\/releases\/(\d+)$/, (id) => this.#remove(id)],
      ['GET', /^\/releases\/(\d+)\/assets$/, (id) => this.#assets(id, canWrite)],
      ['DELETE', /^\/releases\/assets\/(\d+)$/, (id) => this.#removeAsset(id)],
    ];
    for (const [wanted, pattern, handle] of routes) {
      const match = wanted === method ? pattern.exec(path) : null;
      if (match) return handle(Number(match[1] ?? 0));
    }
    return undefined;
  }

  /** Where an asset's bytes are. */
  locate(id: number, canWrite: boolean): string {
    const [release, asset] = this.#asset(id);
    if (release.draft && !canWrite) throw new Refused(404, 'Not Found');
    return `${this.storage}/storage/${asset.id}?signature=s${asset.id}`;
  }

  bytes(id: number): Buffer | undefined {
    return this.all.flatMap(({ assets }) => assets).find((asset) => asset.id === id)?.bytes;
  }

  /** An asset whose bytes are to come. */
  begin(path: string, query: URLSearchParams): [Release, Asset] {
    const release = this.#release(Number(/^\/releases\/(\d+)\/assets$/.exec(path)?.[1] ?? 0), true);
    if (release.immutable)
      throw invalid('Release', 'custom', 'Cannot upload assets to an immutable release.');
    if (release.assets.length >= MOST_ASSETS)
      throw invalid('ReleaseAsset', 'custom', 'This release has too many assets.');
    const name = sanitised(query.get('name') ?? '');
    if (release.assets.some((asset) => asset.name === name)) throw invalid('ReleaseAsset', 'already_exists');
    const asset: Asset = { id: ++this.#id, name, state: 'starter', bytes: Buffer.alloc(0) };
    release.assets.push(asset);
    return [release, asset];
  }

  /** Takes the bytes of a new asset; what breaks off stays as a starter. */
  async upload(path: string, query: URLSearchParams, body: AsyncIterable<Uint8Array>): Promise<Answer> {
    const [release, asset] = this.begin(path, query);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    if (!release.assets.includes(asset)) throw new Refused(404, 'Not Found');
    if (chunks.length === 0) {
      release.assets.splice(release.assets.indexOf(asset), 1);
      throw invalid('ReleaseAsset', 'custom', 'size must be greater than or equal to 1');
    }
    asset.bytes = Buffer.concat(chunks);
    asset.state = 'uploaded';
    return { status: 201, body: this.#shownAsset(asset) };
  }

  #release(id: number, canWrite: boolean): Release {
    const found = this.all.find((release) => release.id === id && (canWrite || !release.draft));
    if (found === undefined) throw new Refused(404, 'Not Found');
    return found;
  }

  #asset(id: number): [Release, Asset] {
    for (const release of this.all) {
      const asset = release.assets.find((each) => each.id === id);
      if (asset !== undefined) return [release, asset];
    }
    throw new Refused(404, 'Not Found');
  }

  #list(canWrite: boolean): Answer {
    const visible = this.all.filter(({ draft }) => canWrite || !draft).reverse();
    return { status: 200, list: visible.map((release) => this.#shown(release)) };
  }

  #create({ tag_name, name = '', body = '', draft = false, make_latest = 'true' }: Json): Answer {
    const release: Release = {
      id: ++this.#id,
      tag_name: String(tag_name),
      name: String(name),
      body: String(body),
      draft: true,
      make_latest: String(make_latest),
      immutable: false,
      assets: [],
    };
    if (draft !== true) this.#publish(release);
    this.all.push(release);
    return { status: 201, body: this.#shown(release) };
  }

  #change(id: number, changes: Json): Answer {
    const release = this.#release(id, true);
    const { draft, tag_name = release.tag_name, name, body, make_latest } = changes;
    if (release.immutable && tag_name !== release.tag_name)
      throw invalid('Release', 'custom', 'tag_name cannot be changed when release is immutable');
    const isPublished = release.draft && draft === false;
    const changed = {
      ...release,
      tag_name: String(tag_name),
      name: String(name ?? release.name),
      body: String(body ?? release.body),
      make_latest: String(make_latest ?? release.make_latest),
    };
    if (isPublished) this.#publish(changed);
    Object.assign(release, { ...changed, assets: release.assets });
    return ok(this.#shown(release));
  }

  #publish(release: Release): void {
    const { tag_name } = release;
    if (this.burned.has(tag_name))
      throw invalid('Release', 'custom', 'tag_name was used by an immutable release');
    if (this.all.some((other) => other.id !== release.id && !other.draft && other.tag_name === tag_name))
      throw invalid('Release', 'already_exists');
    const tag = `refs/tags/${tag_name}`;
    // GitHub makes a tag that is not annotated, of the default branch.
    if (!this.#git.refs.has(tag)) this.#git.refs.set(tag, [...this.#git.commits.keys()][0] ?? '');
    release.draft = false;
    release.immutable = this.#options.immutable === true;
  }

  #remove(id: number): Answer {
    const release = this.#release(id, true);
    if (release.immutable) this.burned.add(release.tag_name);
    this.all.splice(this.all.indexOf(release), 1);
    return { status: 204 };
  }

  #assets(id: number, canWrite: boolean): Answer {
    const { assets } = this.#release(id, canWrite);
    return { status: 200, list: assets.map((asset) => this.#shownAsset(asset)) };
  }

  #removeAsset(id: number): Answer {
    const [release, asset] = this.#asset(id);
    if (release.immutable)
      throw invalid('ReleaseAsset', 'custom', 'Cannot delete asset of an immutable release');
    release.assets.splice(release.assets.indexOf(asset), 1);
    return { status: 204 };
  }

  #shown({ assets, ...release }: Release) {
    return {
      ...release,
      upload_url: `${this.uploads}/releases/${release.id}/assets{?name,label}`,
      assets: assets.map((asset) => this.#shownAsset(asset)),
    };
  }

  #shownAsset({ id, name, state, bytes }: Asset) {
    const isTold = (this.#options.digests ?? true) && state === 'uploaded';
    const digest = isTold ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : null;
    return { id, name, state, size: bytes.length, digest, label: '' };
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function invalid(resource: string, code: string, message?: string): Refused {
  return new Refused(422, 'Validation Failed', [
    { resource, code, ...(message === undefined ? {} : { message }) },
  ]);
}

/** As GitHub renames assets: characters that are not in this set, and dots at the ends. */
function sanitised(name: string): string {
  return name.replace(/[^A-Za-z0-9._+-]+/g, '.').replace(/^\.+|\.+$/g, '') || 'default';
}
