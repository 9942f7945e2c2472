/** An `oci://` registry beside crane and oras: the distribution registry on this machine, whose own CPU is not counted. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { sha256Text } from '../../shared/verdict/digest.ts';
import { installGoTool, programOf } from '../go-tool.ts';
import { CRANE, DISTRIBUTION, GO_TOOLS, ORAS } from '../service-tools.ts';
import { cache } from './peers.ts';
import type { Contender, Course } from './register.ts';
import { type Model, NAME, refuseOthers } from './register-data.ts';

/** @param cli ml-loop's command line. */
export function containers(cli: string): Course {
  for (const tool of GO_TOOLS) if (!installGoTool(tool)) throw new Error(`${tool.path} could not be built`);
  const crane = programOf(CRANE);
  return {
    title: '`oci://`, the distribution registry on one machine',
    contenders: [
      pushing(
        'sha256sum, crane push',
        `sha256sum "$1"/blobs/sha256/* > "$1"/sums && ${crane} push "$1" "$2"`,
      ),
      pushing(
        'openssl sha256, crane push',
        `openssl dgst -sha256 -r "$1"/blobs/sha256/* > "$1"/sums && ${crane} push "$1" "$2"`,
      ),
      pushing('crane push, which hashes nothing', `${crane} push "$1" "$2"`),
      pushing('oras push', `cd "$0" && ${programOf(ORAS)} push --plain-http --no-tty "$2" *`),
      registering('ml-loop, a new version', cli, 'newly registered'),
      registering('ml-loop, the same bytes again', cli, 'registered before'),
    ],
    open: serve,
  };
}

/** @param script pushes the folder `$0`, or the same files as the image layout `$1`, to `$2`. */
function pushing(name: string, script: string): Contender {
  const image = (place: string) => `${hostOf(place)}/${name.replace(/[^a-z0-9]+/g, '-')}/${NAME}:1.0.0`;
  return {
    name,
    program: (model, place) => ({
      command: ['sh', '-c', script, model.folder, layoutOf(model), image(place)],
    }),
    prove: (model, place) => refuseOthers(name, model, layersOf(image(place))),
  };
}

function registering(name: string, cli: string, told: string): Contender {
  return {
    name,
    program: ({ folder, verdict }, place) => ({
      command: [
        ...[process.execPath, cli, 'register-model', '--name', NAME, '--model', folder],
        ...['--registry', `oci://${hostOf(place)}/ml-loop`, '--verdicts', verdict],
        ...['--report-directory', join(place, 'report')],
      ],
      cwd: place,
    }),
    prove(model, place) {
      refuseOthers(name, model, layersOf(`${hostOf(place)}/ml-loop/${NAME}:1.0.0`));
      const verdict = readFileSync(join(place, 'report/register-model/verdict.json'), 'utf8');
      if (!verdict.includes(told)) throw new Error(`${name}: the version was not ${told}`);
    },
  };
}

/** The digests of the layers that the registry has. */
function layersOf(image: string): string[] {
  const { layers } = JSON.parse(
    execFileSync(programOf(CRANE), ['manifest', image], { encoding: 'utf8' }),
  ) as {
    layers: { digest: string }[];
  };
  return layers.map(({ digest }) => digest.slice('sha256:'.length));
}

/** The model's files as an image on the disk, each a layer, which crane pushes as they are. */
function layoutOf({ folder, files, digest }: Model): string {
  const layout = join(cache, `layout-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`);
  if (existsSync(join(layout, 'index.json'))) return layout;
  const blobs = join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  for (const { path, sha256 } of files) linkSync(join(folder, path), join(blobs, sha256));
  const store = (mediaType: string, content: object) => {
    const text = JSON.stringify(content);
    const named = sha256Text(text);
    writeFileSync(join(blobs, named.slice('sha256:'.length)), text);
    return { mediaType, digest: named, size: Buffer.byteLength(text) };
  };
  const layers = files.map(({ sha256, size }) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: `sha256:${sha256}`,
    size,
  }));
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => layer.digest) };
  const config = store('application/vnd.oci.image.config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    rootfs,
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = store(mediaType, { schemaVersion: 2, mediaType, config, layers });
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  return layout;
}

const HOST = 'host';

function hostOf(place: string): string {
  return readFileSync(join(place, HOST), 'utf8');
}

/** A registry with nothing in it, beside the model on the disk. What it prints goes nowhere, for no one reads meanwhile. */
async function serve(): Promise<{ place: string; close(): Promise<void> }> {
  const place = mkdtempSync(join(cache, 'register-'));
  const host = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(place, HOST), host);
  const config = join(place, 'config.json');
  // JSON is YAML.
  const storage = { filesystem: { rootdirectory: join(place, 'storage') } };
  writeFileSync(config, JSON.stringify({ version: 0.1, storage, http: { addr: host } }));
  const env = { ...process.env, OTEL_TRACES_EXPORTER: 'none' };
  const server = spawn(programOf(DISTRIBUTION), ['serve', config], { stdio: 'ignore', env });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const close = async () => {
    server.kill();
    await ended;
    rmSync(place, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 600; tries++) {
    if (
      await fetch(`http://${host}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { place, close };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await close();
  throw new Error('the distribution registry did not start');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
