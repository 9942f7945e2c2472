/** Numbers whose squares no double holds are faults with their place, wherever they stand; never a defect, never a pass. */
import { expect, test } from '@jest/globals';
import { useWorkspace } from '../support/workspace.ts';

const space = useWorkspace();
const N = 120;
const rows = (header: string, cells: (i: number) => readonly unknown[]): string[] => [
  header,
  ...Array.from({ length: N }, (_, i) => cells(i).join(',')),
];
/** The value in the place of the row 7, which is line 9. */
const at7 = (huge: string, otherwise: (i: number) => unknown) => (i: number) =>
  i === 7 ? huge : otherwise(i);
const near = (i: number) => 100 + (i % 50) + (i % 7) / 7;

const HUGE = ['1e100', '-1e308', '1e999'] as const;

test.each(HUGE)('%s in predictions, labels, weights, losses and scores', async (huge) => {
  const positive = huge.replace('-', '');
  const model = (prediction: (i: number) => unknown, label: (i: number) => unknown = (i) => 100 + (i % 50)) =>
    rows('id,label,prediction', (i) => [`r${i}`, label(i), prediction(i)]);
  space.write('good.csv', model(near));
  space.write('prediction.csv', model(at7(huge, near)));
  space.write(
    'label.csv',
    model(
      near,
      at7(huge, (i) => 100 + (i % 50)),
    ),
  );
  space.write(
    'weight.csv',
    rows('id,label,prediction,w', (i) => [`r${i}`, i, i + 1, at7(positive, () => 1)(i)]),
  );
  space.write(
    'loss.csv',
    rows('id,label,prediction,loss', (i) => [`r${i}`, i, i + 1, at7(huge, () => 1)(i)]),
  );
  space.write(
    'score.csv',
    rows('id,label,score', (i) => [`r${i}`, i % 2, at7(huge, () => (i % 10) / 10)(i)]),
  );
  const judged = async (report: string, inputs: Record<string, string>) => {
    const run = await space.step('validate-model', {
      ...{ name: 'm', ledger: 'off', 'first-release': 'allow', 'report-id': report, ...inputs },
    });
    expect([report, run.exit, run.stderr]).toEqual([report, 1, '']);
    const { checks } = space.verdict(`validate-model-${report}`);
    const fault = checks.find(({ id }) => id === 'predictions.values' || id === 'predictions.labels');
    const failed = checks.find(({ status, locations }) => status === 'fail' && locations?.[0]?.line === 9);
    expect([report, fault === undefined, failed?.observed]).toEqual([report, false, 1]);
  };
  const compared = { production: 'good.csv', metric: 'mae', margin: '2%' };
  await judged('prediction', { ...compared, candidate: 'prediction.csv', conditions: 'rmse <= 60' });
  await judged('production', { ...compared, candidate: 'good.csv', production: 'prediction.csv' });
  await judged('label', { candidate: 'label.csv', conditions: 'r2 > -5' });
  await judged('weight', { candidate: 'weight.csv', weight: 'w', conditions: 'mae <= 60' });
  await judged('loss', { candidate: 'loss.csv', conditions: 'column(loss) <= 60' });
  await judged('score', { candidate: 'score.csv', 'positive-label': '1', conditions: 'roc_auc >= 0.1' });
});

test.each(HUGE)('%s in a log, in labels and in features', async (huge) => {
  space.write(
    'ref.csv',
    rows('id,hr', (i) => [`x${i}`, i % 24]),
  );
  space.write(
    'labels.csv',
    rows('id,label', (i) => [`x${i}`, at7(huge, () => i)(i)]),
  );
  const now = '2026-01-07T00:00:00Z';
  const logged = (prediction: (i: number) => unknown, hour: (i: number) => unknown) =>
    space.write(
      'log.csv',
      rows('id,timestamp,prediction,hr', (i) => [`x${i}`, '2026-01-05T12:00:00Z', prediction(i), hour(i)]),
    );
  const watched = async (performance: string) => {
    const run = await space.step('check-drift', {
      ...{ name: 'm', reference: 'ref.csv', predictions: 'log.csv', labels: 'labels.csv', now },
      ...{ 'minimum-performance': performance, state: 'dir:state' },
    });
    expect([run.exit, run.stderr]).toEqual([0, '']);
    return space.statuses('check-drift');
  };
  logged(
    (i) => i,
    (i) => i % 24,
  );
  expect(await watched('mae <= 5')).toMatchObject({ 'performance.unreadable': 'fail' });
  logged(
    at7(huge, (i) => i),
    at7(huge, (i) => i % 24),
  );
  expect(await watched('rmse <= 5')).toMatchObject({ 'performance.unreadable': 'fail' });
});

test('a profile of such numbers is read again', async () => {
  space.write(
    'a.csv',
    rows('a,b', (i) => [i % 2 === 0 ? '1e308' : '-1e308', `${i}e305`]),
  );
  const inputs = { data: 'a.csv', now: '2026-01-07T00:00:00Z' };
  expect(await space.step('validate-data', inputs)).toMatchObject({ exit: 0, stderr: '' });
  space.write('profile.json', space.read('ml-loop-report/validate-data/profile.json'));
  const again = await space.step('validate-data', {
    ...inputs,
    reference: 'profile.json',
    'fail-on': 'never',
  });
  expect(again).toMatchObject({ exit: 0, stderr: '' });
  expect(space.read('ml-loop-report/validate-data/verdict.json')).not.toMatch(/NaN|Infinity/);
});
