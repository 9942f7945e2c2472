/** S3 as moto has it, which is not ours: it checks signatures with botocore, and permissions by IAM policies. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pythonOf } from '../../scripts/python-tool.ts';
import { MOTO } from '../../scripts/service-tools.ts';
import { startServer } from './server.ts';

interface Key {
  readonly id: string;
  readonly secret: string;
}

export interface Moto {
  readonly url: string;
  /** Of a user who may read, and of one who may only list. */
  readonly keys: Readonly<Record<'reader' | 'lister', Key>>;
  /** Runs Python with a client `s3`, and lets it do all. */
  change(code: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it with what moto.py puts there; from then on it asks who wants something. */
export async function startMoto(): Promise<Moto> {
  const python = pythonOf(MOTO);
  const serve = 'from moto.server import main; main(["-H", "127.0.0.1", "-p", "0"])';
  const { address, stop } = await startServer(
    [python, '-u', '-c', serve],
    /Running on (http:\/\/127\.0\.0\.1:\d+)/,
  );
  const run = async (...args: readonly string[]) => (await promisify(execFile)(python, [...args])).stdout;
  const askForLogins = async (after: string) => {
    const init = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: after };
    const { ok } = await fetch(`${address}/moto-api/reset-auth`, init);
    if (!ok) throw new Error('moto does not ask for logins');
  };
  const keys = JSON.parse(await run('test/support/moto.py', address)) as Moto['keys'];
  await askForLogins('0');
  return {
    url: address,
    keys,
    async change(code) {
      await askForLogins('inf');
      const client = `import boto3; s3 = boto3.client("s3", endpoint_url="${address}", aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1")`;
      await run('-c', `${client}\n${code}`);
      await askForLogins('0');
    },
    stop,
  };
}
