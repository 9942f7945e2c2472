/** What is attached to a version, at its registration and later. */
import { expect, test } from '@jest/globals';
import { UserError } from '../../../shared/problem/problem.ts';
import { newVersion } from '../models.ts';
import type { Current } from '../registry-contract.ts';

const MODEL = { 'model.json': '{"w":1}' };
const verdict = (content: string) => ({ name: 'verdicts/validate-model.json', content });

export function evidenceContract({ open }: Current): void {
  test('evidence is read back to the letter', async () => {
    const evidence = [
      verdict('{"é":"\u2028 😀"}\r\n'),
      { name: 'profile.json', content: '' },
      { name: 'a b/ü.json', content: 'x'.repeat(2 ** 20) },
    ];
    const made = await (await open()).create(newVersion(MODEL, { evidence }));
    expect([...made.evidence].sort()).toEqual(evidence.map(({ name }) => name).sort());
    for (const { name, content } of evidence)
      expect(await (await open()).readEvidence(made, name)).toBe(content);
  });

  test('evidence that is not there is refused by name', async () => {
    const made = await (await open()).create(newVersion(MODEL, { evidence: [verdict('{}')] }));
    for (const name of ['profile.json', '../manifest.json', 'verdicts', '']) {
      const reading = (await open()).readEvidence(made, name);
      await expect(reading).rejects.toThrow(UserError);
      await expect(reading).rejects.toThrow(JSON.stringify(name));
    }
  });

  test('evidence that comes later is added beside what is there, once, and numbered', async () => {
    const made = await (await open()).create(newVersion(MODEL, { evidence: [verdict('one')] }));
    const added = await (await open()).addEvidence(made, [verdict('one'), verdict('two')]);
    expect(added.evidence).toEqual(['verdicts/validate-model.json', 'verdicts/validate-model-2.json']);
    expect(await (await open()).addEvidence(made, [verdict('two')])).toEqual(added);
    const third = await (await open()).addEvidence(made, [verdict('three'), { name: 'note', content: 'n' }]);
    expect(third.evidence).toEqual([...added.evidence, 'verdicts/validate-model-3.json', 'note']);
    const read = async (name: string) => (await open()).readEvidence(third, name);
    expect(await read('verdicts/validate-model.json')).toBe('one');
    expect(await read('verdicts/validate-model-2.json')).toBe('two');
    expect(await read('verdicts/validate-model-3.json')).toBe('three');
    expect(await read('note')).toBe('n');
    expect(await (await open()).versions('demand')).toEqual([third]);
    expect({ ...third, evidence: [] }).toEqual({ ...made, evidence: [] });
    await (await open()).verify(third);
  });

  test('evidence of four runs at once is all kept', async () => {
    const made = await (await open()).create(newVersion(MODEL));
    const texts = ['a', 'b', 'c', 'd'];
    await Promise.all(texts.map(async (text) => (await open()).addEvidence(made, [verdict(text)])));
    const [version] = await (await open()).versions('demand');
    const reader = await open();
    const read = (version?.evidence ?? []).map((name) => reader.readEvidence(made, name));
    expect((await Promise.all(read)).sort()).toEqual(texts);
    expect(new Set(version?.evidence).size).toBe(4);
  });

  test('evidence of a version that is not there is refused', async () => {
    const missing = { name: 'demand', version: '9.0.0' };
    await expect((await open()).addEvidence(missing, [verdict('x')])).rejects.toThrow(UserError);
    const made = await (await open()).create(newVersion(MODEL));
    await expect((await open()).addEvidence(missing, [verdict('x')])).rejects.toThrow(/9\.0\.0/);
    await expect((await open()).addEvidence(made, [{ name: '../../x', content: 'x' }])).rejects.toThrow(
      UserError,
    );
    expect(await (await open()).versions('demand')).toEqual([made]);
  });
}
