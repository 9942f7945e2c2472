/** A TUF repository on the loopback interface that serves one target, `trusted_root.json`, with keys of its own. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalJson } from '../../shared/verdict/digest.ts';

export interface FakeTuf {
  readonly url: string;
  /** The first root, which a client must have. */
  readonly firstRoot: string;
  /** Files by path; what is changed is served changed. */
  readonly files: Map<string, string>;
  close(): Promise<void>;
}

const SPEC = '1.0.31';

/** @param expires of all but the root's first version, ISO 8601. */
export async function startTuf(target: string, expires = '2999-01-01T00:00:00Z'): Promise<FakeTuf> {
  const [root, online] = [keyOf(), keyOf()];
  const signed = (body: object, { id, privateKey }: Key) => {
    // TUF's canonical JSON is that of OLPC, which does not escape the ends of lines.
    const text = canonicalJson(body).replaceAll('\\n', '\n');
    const sig = sign('sha256', Buffer.from(text), privateKey).toString('hex');
    return JSON.stringify({ signatures: [{ keyid: id, sig }], signed: body });
  };
  const role = ({ id }: Key) => ({ keyids: [id], threshold: 1 });
  const rootBody = (version: number) => ({
    _type: 'root',
    spec_version: SPEC,
    version,
    expires: version === 1 ? '2000-01-01T00:00:00Z' : expires,
    consistent_snapshot: false,
    keys: { [root.id]: root.json, [online.id]: online.json },
    roles: { root: role(root), timestamp: role(online), snapshot: role(online), targets: role(online) },
  });
  const common = { spec_version: SPEC, version: 1, expires };
  const metaOf = (text: string) => ({ version: 1, length: text.length, hashes: { sha256: sha256(text) } });
  const targets = signed(
    {
      ...{ _type: 'targets', ...common },
      targets: { 'trusted_root.json': { length: target.length, hashes: { sha256: sha256(target) } } },
    },
    online,
  );
  const snapshot = signed(
    { ...{ _type: 'snapshot', ...common }, meta: { 'targets.json': metaOf(targets) } },
    online,
  );
  const timestamp = signed(
    { ...{ _type: 'timestamp', ...common }, meta: { 'snapshot.json': metaOf(snapshot) } },
    online,
  );
  const files = new Map([
    ['/2.root.json', signed(rootBody(2), root)],
    ['/timestamp.json', timestamp],
    ['/snapshot.json', snapshot],
    ['/targets.json', targets],
    ['/targets/trusted_root.json', target],
  ]);
  const server = createServer((request, response) => {
    const text = files.get(request.url ?? '');
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    firstRoot: signed(rootBody(1), root),
    files,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Key = ReturnType<typeof keyOf>;

function keyOf() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const text = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const json = { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: text } };
  return { privateKey, json, id: sha256(canonicalJson(json)) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
