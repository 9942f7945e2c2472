/** Runs the actions' bundles as steps of a workflow, with the node that is there and nothing installed. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));

/**
 * @param action  the name of an action
 * @param inputs  what the step's `with:` would hold
 * @param cwd  the repository
 * @returns {Promise<{exit: number, log: string, outputs: Record<string, string>}>}
 */
export async function runStep(action, inputs, cwd) {
  const folder = mkdtempSync(join(tmpdir(), 'demo-step-'));
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, String(value)]);
  const env = {
    // Commands of ml-loop.yml that say `node` are to run on the node that the demo runs on.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: folder,
    GITHUB_ACTIONS: 'true',
    RUNNER_ENVIRONMENT: 'self-hosted',
    ...files,
    ...Object.fromEntries(given),
  };
  try {
    const { exit, log } = await ended(
      spawn(process.execPath, [join(DIST, `${action}.mjs`)], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    return { exit, log, outputs: parseOutputs(readFileSync(files.GITHUB_OUTPUT, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ended(child) {
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (log += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) => resolve({ exit, log }));
  });
}

/** Reads the `name<<delimiter` blocks that a step writes. */
function parseOutputs(text) {
  const blocks = text.matchAll(/^([^\n=<]+)<<(\S+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...blocks].map(([, name, , value]) => [name, value]));
}
