import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { definition } from '../../../actions/validate-data/inputs.ts';
import { run } from '../../../actions/validate-data/run.ts';
import { createPorts, type MachinePorts } from '../../../shared/host/ports.ts';
import { parseInputs } from '../../../shared/inputs/parse.ts';

let folder: string;
let ports: MachinePorts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-data-integrity-'));
  ports = createPorts({
    workingDirectory: folder,
    reportFolder: 'report',
    now: new Date('2026-02-01T00:00:00Z'),
  });
});

afterEach(async () => {
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

const write = (name: string, content: string) => writeFile(join(folder, name), content);

async function validate(values: Record<string, unknown> = {}) {
  const inputs = parseInputs(definition.inputs, [
    { values: { data: 'data.csv', ...values }, where: (name) => `input ${name}` },
  ]);
  const { verdict } = await run(inputs, ports);
  const of = (name: string) => verdict.checks.filter(({ id }) => id === `integrity.${name}`);
  return { verdict, of, all: verdict.checks.filter(({ id }) => id.startsWith('integrity.')) };
}

const DATA = 'id,x,day,y\n1,a,2026-01-01,p\n2,b,2026-01-03,q\n2,b,2026-01-03,q\n3,a,2026-03-02,q\n';

describe('input integrity', () => {
  test('auto warns, with file and line, and what was asked for decides', async () => {
    await write('data.csv', DATA);
    const { verdict, of } = await validate({ label: 'y', timestamp: 'day' });
    expect(verdict.status).not.toBe('fail');
    expect(of('duplicates')).toMatchObject([{ status: 'warn', locations: [{ file: 'data.csv', line: 4 }] }]);
    expect(of('time-future')).toMatchObject([{ status: 'warn', locations: [{ line: 5, column: 3 }] }]);
    expect(verdict.measures).toMatchObject({ columns: {}, integrity: { duplicates: 1 } });
    expect(verdict.configuration).toMatchObject({
      label: 'y',
      timestamp: 'day',
      integrity: ['auto'],
      disjoint: false,
    });
  });

  test('off looks for nothing', async () => {
    await write('data.csv', DATA);
    const { verdict, all } = await validate({ integrity: 'off' });
    expect(all).toEqual([]);
    expect(verdict.measures).not.toHaveProperty('integrity');
    await expect(validate({ integrity: 'off', disjoint: 'true', label: 'y' })).rejects.toThrow(
      /input label: does nothing with integrity: off[\s\S]*input disjoint: does nothing/,
    );
  });

  test('checks that are listed fail; others go on warning', async () => {
    await write('data.csv', DATA.replace('3,a', '3,A'));
    const { verdict, of } = await validate({ integrity: 'duplicates\ntypes' });
    expect(verdict.status).toBe('fail');
    expect(of('duplicates')[0]?.status).toBe('fail');
    expect(of('variants')[0]?.status).toBe('warn');
  });

  test.each(['duplicate', 'auto, off', '[off, types]', '[]'])('%j is refused', async (integrity) => {
    await write('data.csv', DATA);
    await expect(validate({ integrity })).rejects.toThrow(/input integrity: .*must be auto, off, or a list/);
  });

  test('the key and what is left out come from the contract', async () => {
    await write('data.csv', 'id,x,note,y\n1,a,m,p\n2,a,n,q\n');
    await write(
      'contract.yml',
      'properties: { note: { type: string, x-ml-loop: { drift: false } } }\nx-ml-loop: { key: [id] }\n',
    );
    const { of } = await validate({ contract: 'contract.yml', label: 'y' });
    expect(of('conflicts')).toMatchObject([{ status: 'warn', observed: 1 }]);
    expect(of('copies')).toHaveLength(1);
  });
});

describe('input disjoint', () => {
  test('rows that are in the reference’s files fail, in another order of columns, too', async () => {
    await write('data.csv', DATA);
    await write('train.csv', 'y,id,x,day\nq,3,a,2026-03-02\np,9,z,2026-01-01\n');
    const { of, verdict } = await validate({ reference: 'train.csv', disjoint: 'true' });
    expect(of('leakage')).toMatchObject([
      { status: 'fail', observed: 1, locations: [{ file: 'data.csv', line: 5 }] },
    ]);
    expect(verdict.status).toBe('fail');
    expect((await validate({ reference: 'train.csv' })).of('leakage')).toEqual([]);
  });

  test('by key, also against JSON Lines', async () => {
    await write('data.csv', DATA);
    await write('train.jsonl', '{"id":2,"x":"zz"}\n{"id":7,"x":"b"}\n');
    const { of } = await validate({ reference: 'train.jsonl', disjoint: 'true', key: 'id' });
    expect(of('leakage')).toMatchObject([
      { status: 'fail', observed: 2 },
      { status: 'warn', observed: 2 },
    ]);
  });

  test('a profile has no rows, nor has no reference at all: inconclusive', async () => {
    await write('data.csv', DATA);
    const { verdict, of } = await validate({ disjoint: 'true' });
    expect(of('leakage')).toMatchObject([{ status: 'inconclusive' }]);
    expect(verdict.status).toBe('inconclusive');
    await write('profile.json', await ports.files.readText('report/profile.json'));
    const compared = await validate({ disjoint: 'true', reference: 'profile.json' });
    expect(compared.of('leakage')).toMatchObject([{ status: 'inconclusive' }]);
  });
});
