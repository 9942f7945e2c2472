import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf } from '../../scripts/go-tool.ts';
import { DISTRIBUTION } from '../../scripts/service-tools.ts';
import { startServer } from './server.ts';

/** The distribution registry on the loopback interface, with a folder of its own. */
export interface Distribution {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** The file that holds a blob. */
  blob(sha256: string): string;
  stop(): Promise<void>;
}

export async function startDistribution(): Promise<Distribution> {
  const root = mkdtempSync(join(tmpdir(), 'distribution-'));
  const config = join(root, 'config.json');
  // JSON is YAML. Tags and manifests may be deleted, as in most registries.
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(root, 'storage') }, delete: { enabled: true } },
      http: { addr: '127.0.0.1:0' },
    }),
  );
  const remove = () => rmSync(root, { recursive: true, force: true });
  const argv = [programOf(DISTRIBUTION), 'serve', config];
  try {
    const server = await startServer(argv, /listening on (127\.0\.0\.1:\d+)"/, {
      OTEL_TRACES_EXPORTER: 'none',
    });
    return {
      host: server.address,
      blob: (sha256) =>
        join(root, 'storage/docker/registry/v2/blobs/sha256', sha256.slice(0, 2), sha256, 'data'),
      stop: async () => {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
