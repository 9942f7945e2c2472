/**
 * Loaded before a program (`node --import`): counts what it changes on the disk (a sync changes nothing that a later run
 * sees), and kills the process, as a machine that goes down would, before one of the changes, or in the middle of a write.
 *
 * KILL_AT: `12` or `12-half`; without it nothing is killed. KILL_COUNT: a file for the operations and the waits.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const { KILL_AT = '', KILL_COUNT } = process.env;
const [at, half] = KILL_AT.split('-');
const seen = [];
let waits = 0;
const raw = { appendFileSync: fs.appendFileSync, writeSync: fs.writeSync };

const die = () => process.kill(process.pid, 'SIGKILL');

/** An operation is about to take effect; `half` makes half of it take effect. */
function reached(name, halve) {
  seen.push(halve === undefined ? name : `${name} *`);
  if (seen.length !== Number(at)) return;
  if (half !== undefined) halve?.();
  die();
}

const opensForWriting = (flags) =>
  typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(flags ?? 'r');
const CHANGES = [
  'chmod',
  'ftruncate',
  'link',
  'mkdir',
  'mkdtemp',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'truncate',
  'unlink',
  'utimes',
];

for (const name of CHANGES.map((change) => `${change}Sync`)) {
  const original = fs[name];
  fs[name] = (...args) => {
    reached(name);
    return original(...args);
  };
}
const { openSync } = fs;
fs.openSync = (path, flags, ...rest) => {
  if (opensForWriting(flags)) reached('openSync');
  return openSync(path, flags, ...rest);
};
fs.writeSync = (file, content, ...rest) => {
  const bytes = Buffer.from(content);
  reached('writeSync', () => raw.writeSync(file, bytes.subarray(0, bytes.length >> 1)));
  return raw.writeSync(file, content, ...rest);
};
for (const name of CHANGES) {
  const original = fs.promises[name];
  if (original === undefined) continue;
  fs.promises[name] = (...args) => {
    reached(name);
    return original(...args);
  };
}
const { open } = fs.promises;
fs.promises.open = async (path, flags, ...rest) => {
  if (opensForWriting(flags)) reached('open');
  const file = await open(path, flags, ...rest);
  if (!opensForWriting(flags)) return file;
  for (const name of ['write', 'writeFile', 'truncate']) {
    const original = file[name].bind(file);
    file[name] = (content, ...args) => {
      if (!name.startsWith('write')) reached(`file.${name}`);
      else
        reached(`file.${name}`, () =>
          raw.writeSync(file.fd, Buffer.from(content).subarray(0, content.length >> 1)),
        );
      return original(content, ...args);
    };
  }
  return file;
};
const { copyFile } = fs.promises;
fs.promises.copyFile = async (from, to, ...rest) => {
  reached('copyFile', () => {
    const bytes = fs.readFileSync(from);
    const file = openSync(to, 'wx');
    raw.writeSync(file, bytes.subarray(0, bytes.length >> 1));
  });
  return copyFile(from, to, ...rest);
};
const { writeFile } = fs.promises;
fs.promises.writeFile = (...args) => {
  reached('writeFile');
  return writeFile(...args);
};
const { setTimeout } = timers;
timers.setTimeout = (...args) => {
  waits++;
  return setTimeout(...args);
};
syncBuiltinESMExports();

if (KILL_COUNT !== undefined)
  process.on('exit', () => raw.appendFileSync(KILL_COUNT, JSON.stringify({ seen, waits })));
