import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pythonOf } from '../../scripts/python-tool.ts';
import { GTO } from '../../scripts/service-tools.ts';
import { register } from '../../shared/registry/register.ts';
import { describeWith } from '../support/clients.ts';
import { useGitHubSpace } from '../support/github-space.ts';
import { newVersion } from '../support/models.ts';

describeWith(GTO)('GTO reads the tags that GitHub got', () => {
  const space = useGitHubSpace();

  /** What `gto` prints of the repository, as JSON. */
  function gto<T>(...argv: string[]): T {
    const args = [...argv, '--repo', join(space.folder, 'clone'), '--json'];
    const program = join(dirname(pythonOf(GTO)), 'gto');
    const printed = execFileSync(program, args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
    return JSON.parse(printed) as T;
  }
  const run = async (model: string) => {
    space.clock.advance(60_000);
    const version = { ...newVersion({ model }), createdAt: space.clock.now() };
    await register(space.open(), { ...version, version: 'auto', alias: 'candidate' });
  };
  const move = async (version: string | null) => {
    space.clock.advance(60_000);
    await space.open().setAlias('demand', 'champion', version);
  };
  type Shown = Record<string, { version: string | null; stage: Record<string, string> }>;
  const stages = () => {
    space.server.clone(join(space.folder, 'clone'));
    const { demand } = gto<Shown>('show');
    return { version: demand?.version, ...demand?.stage };
  };

  test('versions and stages, also after a way back, a stage that was taken away, and a version that was removed', async () => {
    await run('1');
    await run('2');
    await move('1.0.0');
    await move('1.1.0');
    expect(stages()).toMatchObject({
      version: 'v1.1.0',
      candidate: 'v1.1.0',
      champion: 'v1.1.0',
    });
    await move('1.0.0');
    expect(stages()).toMatchObject({ version: 'v1.1.0', champion: 'v1.0.0' });
    const history =
      gto<{ event: string; version: string; stage: string | null; commit: string }[]>('history');
    // Of what happens within a second GTO does not know the order.
    const events = history.map(({ event, version, stage }) => `${event} ${version} ${stage ?? ''}`.trim());
    expect(events.sort()).toEqual([
      'assignment v1.0.0 candidate',
      'assignment v1.0.0 champion',
      'assignment v1.0.0 champion',
      'assignment v1.1.0 candidate',
      'assignment v1.1.0 champion',
      'registration v1.0.0',
      'registration v1.1.0',
      'unassignment v1.0.0 candidate',
      'unassignment v1.0.0 champion',
      'unassignment v1.1.0 champion',
    ]);
    await move(null);
    expect(stages()).not.toHaveProperty('champion');
    await space.open().remove({ name: 'demand', version: '1.0.0' });
    expect(stages()).toMatchObject({ version: 'v1.1.0', candidate: 'v1.1.0' });
  });
});
