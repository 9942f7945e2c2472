// Fixes package-lock.json: npm leaves out optional packages of foreign platforms that its registry did not serve,
// and `npm ci` then refuses the file. Every optional dependency of a locked package gets an entry here, with the
// version its parent pins; os and cpu follow from the packages' own names. `--check` only verifies.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'package-lock.json';
const OS = [
  'linux',
  'darwin',
  'win32',
  'freebsd',
  'openbsd',
  'netbsd',
  'android',
  'sunos',
  'aix',
  'openharmony',
];
const CPU = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];

const text = readFileSync(FILE, 'utf8');
const lock = JSON.parse(text);
const problems = [];

/** os and cpu as a package's name tells them, such as @swc/core-win32-arm64-msvc. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = OS.filter((word) => words.includes(word));
  const cpu = CPU.filter((word) => words.includes(word));
  return { ...(os.length > 0 ? { os } : {}), ...(cpu.length > 0 ? { cpu } : {}) };
}

/** The entry that Node's resolution finds for a dependency of a locked package. */
function entryOf(parent, name) {
  for (let at = parent; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (lock.packages[path]) return path;
    if (at === '' || !at.includes('/node_modules/'))
      return lock.packages[`node_modules/${name}`] ? `node_modules/${name}` : null;
  }
}

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, wanted] of Object.entries(entry.optionalDependencies ?? {})) {
    if (entryOf(path, name)) continue;
    const version = wanted.replace(/^[\^~]/, '');
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) continue;
    problems.push(`${name}@${version}, wanted by ${path || 'package.json'}`);
    lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), dev: true, optional: true };
  }
  if ('resolved' in entry) {
    problems.push(`${path} names its download address`);
    delete entry.resolved;
  }
}

if (problems.length === 0) {
  console.log(`${FILE} is complete`);
} else if (process.argv.includes('--check')) {
  console.error(`${FILE} is not complete; fix it with \`npm run lockfile\`:\n  ${problems.join('\n  ')}`);
  process.exit(1);
} else {
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${FILE}: fixed ${problems.length}`);
}
