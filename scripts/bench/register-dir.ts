/** A `dir:` registry beside `cp -r` and `sha256sum`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './peers.ts';
import type { Contender, Course } from './register.ts';
import { type Model, NAME, refuseOthers } from './register-data.ts';

/** @param cli ml-loop's command line. */
export function directory(cli: string): Course {
  const sha256sum = 'find "$1" -type f -exec sha256sum {} +';
  return {
    title: '`dir:`, on one disk',
    contenders: [
      copying('cp -r, sha256sum', `cp -r "$0" "$1" && ${sha256sum}`),
      copying('cp -r, sync, sha256sum', `cp -r "$0" "$1" && find "$1" -exec sync {} + && ${sha256sum}`),
      copying(
        'cp -r, openssl sha256',
        'cp -r "$0" "$1" && find "$1" -type f -exec openssl dgst -sha256 -r {} +',
      ),
      registering('ml-loop, a new version', cli, 'true'),
      registering('ml-loop, the same bytes again', cli, 'false'),
    ],
    open: async () => {
      const place = mkdtempSync(join(cache, 'register-'));
      return { place, close: () => rmSync(place, { recursive: true, force: true }) };
    },
  };
}

/** @param script copies `$0` to `$1` and prints the digests of the copies. */
function copying(name: string, script: string): Contender {
  return {
    name,
    program: ({ folder }, place) => ({ command: ['sh', '-c', script, folder, join(place, name)] }),
    prove(model, place, printed) {
      const digests = [...printed.matchAll(/^([0-9a-f]{64}) /gm)].map((match) => match[1] ?? '');
      refuseOthers(name, model, digests);
      rmSync(join(place, name), { recursive: true });
    },
  };
}

/** @param created is a version to be made? */
function registering(name: string, cli: string, created: 'true' | 'false'): Contender {
  return {
    name,
    program: ({ folder, verdict }, place) => ({
      command: [
        ...[process.execPath, cli, 'register-model', '--name', NAME, '--model', folder],
        ...['--registry', `dir:${join(place, 'registry')}`, '--verdicts', verdict],
        ...['--report-directory', join(place, 'report')],
      ],
      cwd: place,
    }),
    prove(model, place) {
      const folder = join(place, 'registry', NAME, 'versions/1.0.0');
      const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Model;
      refuseOthers(
        name,
        model,
        manifest.files.map(({ sha256 }) => sha256),
      );
      const verdict = readFileSync(join(place, 'report/register-model/verdict.json'), 'utf8');
      const told = created === 'true' ? 'newly registered' : 'registered before';
      if (!verdict.includes(told)) throw new Error(`${name}: the version was not ${told}`);
    },
  };
}
