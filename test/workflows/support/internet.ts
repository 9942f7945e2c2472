/** Hosts of the internet that are servers of this machine: jobs reach them by a proxy, under their own names, with TLS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProxy } from '../../support/proxy.ts';
import { startTlsFront } from '../../support/tls-front.ts';

export interface Internet {
  /** What a job needs to reach them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** @param hosts the ports of the servers, by the name of the host. */
export async function startInternet(hosts: Readonly<Record<string, number>>): Promise<Internet> {
  const folder = mkdtempSync(join(tmpdir(), 'internet-'));
  const fronts = await Promise.all(
    Object.entries(hosts).map(async ([host, port]) => ({ host, front: await startTlsFront(host, port) })),
  );
  const proxy = await startProxy(
    Object.fromEntries(fronts.map(({ host, front }) => [`${host}:443`, front.port])),
  );
  const authorities = join(folder, 'authorities.pem');
  writeFileSync(authorities, fronts.map(({ front }) => front.cert).join(''));
  return {
    env: { https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: authorities },
    close: async () => {
      await proxy.close();
      for (const { front } of fronts) front.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
