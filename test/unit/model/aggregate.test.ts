import { describe, expect, test } from '@jest/globals';
import { type Aggregate, isMetricsFile, readMetricsFile } from '../../../shared/model/aggregate/file.ts';
import { compareAggregates, judgeAggregateConditions } from '../../../shared/model/aggregate/judge.ts';
import { parseConditions } from '../../../shared/model/conditions/parse.ts';

const REPORT = JSON.stringify({
  '0': { precision: 0.9, recall: 0.8, 'f1-score': 0.85, support: 10 },
  '1': { precision: 0.7, recall: 0.6, 'f1-score': 0.65, support: 8 },
  accuracy: 0.72,
  'macro avg': { precision: 0.8, recall: 0.7, 'f1-score': 0.75, support: 18 },
  'weighted avg': { precision: 0.81, recall: 0.71, 'f1-score': 0.76, support: 18 },
});

const numbersOf = (text: string, file: string, positive?: string) =>
  readMetricsFile(text, file, positive).numbers;
const aggregate = (numbers: Record<string, number>): Aggregate => ({ numbers, higherIsBetter: {} });
const judge = (candidate: Aggregate, ...conditions: string[]) =>
  judgeAggregateConditions({ candidate }, parseConditions(conditions));

describe('metrics files', () => {
  test('are read by dotted path, from JSON, YAML and front matter', () => {
    expect(numbersOf('{"test": {"mae": 3, "name": "x"}, "n": 2}', 'm.json')).toEqual({ 'test.mae': 3, n: 2 });
    expect(numbersOf('test:\n  mae: 3\n', 'm.yaml')).toEqual({ 'test.mae': 3 });
    expect(numbersOf('---\ntest: {mae: 3}\n---\n# Model\n', 'README.md')).toEqual({ 'test.mae': 3 });
    expect(['a.json', 'a.yml', 'README.md', 'a.csv', 'a.jsonl'].map(isMetricsFile)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('of scikit-learn’s classification_report give the metrics’ own names', () => {
    expect(numbersOf(REPORT, 'm.json', '1')).toMatchObject({
      accuracy: 0.72,
      f1_macro: 0.75,
      recall_weighted: 0.71,
      precision: 0.7,
      recall: 0.6,
      f1: 0.65,
    });
  });

  test('of lm-evaluation-harness go by task and metric, with the side that is better', () => {
    const text = JSON.stringify({
      results: {
        gsm8k: { alias: 'gsm8k', 'exact_match,strict-match': 0.84, 'exact_match,flexible-extract': 0.89 },
        wikitext: { 'word_perplexity,none': 12.5, 'word_perplexity_stderr,none': 'N/A' },
      },
      higher_is_better: { gsm8k: { exact_match: true }, wikitext: { word_perplexity: false } },
    });
    const found = readMetricsFile(text, 'results.json');
    expect(found.numbers).toMatchObject({
      'gsm8k.exact_match.strict-match': 0.84,
      'gsm8k.exact_match.flexible-extract': 0.89,
      'wikitext.word_perplexity': 12.5,
    });
    expect(found.numbers).not.toHaveProperty(['gsm8k.exact_match']);
    const worse = { ...found, numbers: { ...found.numbers, 'wikitext.word_perplexity': 14 } };
    const margin = { kind: 'absolute', value: 1 } as const;
    const given = { candidate: worse, production: found };
    expect(compareAggregates(given, 'wikitext.word_perplexity', margin, true)).toMatchObject({
      status: 'inconclusive',
      message: expect.stringContaining('a gain of -1.5'),
    });
  });

  test('of Hugging Face’s model-index go by the metric’s type, if that is one value', () => {
    const card = `---
model-index:
  - name: m
    results:
      - dataset: {name: Glue, type: glue}
        metrics: [{type: accuracy, value: 0.91}, {type: f1, value: "0.9"}]
      - dataset: {name: IMDB, type: imdb}
        metrics: [{type: accuracy, value: 0.93}]
---
`;
    expect(numbersOf(card, 'README.md')).toEqual({
      'glue.accuracy': 0.91,
      'Glue.accuracy': 0.91,
      'imdb.accuracy': 0.93,
      'IMDB.accuracy': 0.93,
      f1: 0.9,
      'glue.f1': 0.9,
      'Glue.f1': 0.9,
    });
    expect(numbersOf('- dataset: {id: cais/hle, task_id: hle}\n  value: 20.9\n', 'hle.yaml')).toEqual({
      'cais/hle.hle': 20.9,
    });
  });

  test('without numbers, or that cannot be read, are the user’s error', () => {
    expect(() => readMetricsFile('{"a": "b"}', 'm.json')).toThrow('holds no number');
    expect(() => readMetricsFile('{', 'm.json')).toThrow('is not JSON');
    expect(() => readMetricsFile('a: [', 'm.yml')).toThrow('is not YAML');
    expect(() => readMetricsFile('# Model\n', 'README.md')).toThrow('has no front matter');
  });

  test('may nest as deep as they like', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    expect(Object.values(numbersOf(deep, 'm.json'))).toEqual([1]);
  });
});

describe('conditions on aggregate numbers', () => {
  test('are decided by the number alone: a warning at best', () => {
    const numbers = aggregate({ 'test.mae': 3, 'macro avg.f1-score': 0.8 });
    const checks = judge(
      numbers,
      'test.mae <= 4',
      'test.mae <= 2',
      'test.mae <= 2 or not test.mae < 3',
      'candidate."macro avg".f1-score > 0.7 and test.mae < 4',
    );
    expect(checks.map((check) => check.status)).toEqual(['warn', 'fail', 'warn', 'warn']);
    expect(checks[3]?.message).toContain('holds for 0.8, 3');
  });

  test('may compare two models, and are open without the other', () => {
    const [candidate, production] = [aggregate({ auc: 0.8 }), aggregate({ auc: 0.82 })];
    const conditions = parseConditions([
      'candidate.auc - production.auc > -0.05',
      'auc / production.auc > 0.99',
    ]);
    const statuses = (given: Parameters<typeof judgeAggregateConditions>[0]) =>
      judgeAggregateConditions(given, conditions).map(({ status }) => status);
    expect(statuses({ candidate, production })).toEqual(['warn', 'fail']);
    expect(statuses({ candidate })).toEqual(['inconclusive', 'inconclusive']);
    // A ratio to nothing is none.
    expect(statuses({ candidate, production: aggregate({ auc: 0 }) })).toEqual(['warn', 'fail']);
  });

  test('name numbers that the file has, whatever objects inherit, and no slices', () => {
    expect(() => judge(aggregate({ 'test.mae': 3 }), 'test.mea <= 4')).toThrow('did you mean test.mae');
    expect(() => judge(aggregate({ mae: 3 }), 'slice(region).mae.max < 3')).toThrow('asks for a slice');
    for (const name of ['constructor', 'toString', '__proto__']) {
      const numbers = aggregate({ mae: 3 });
      expect(() => judge(numbers, `${name} <= 4`)).toThrow(`the metrics file has no number ${name}`);
      const given = { candidate: numbers, production: numbers };
      expect(() => compareAggregates(given, name, { kind: 'absolute', value: 1 }, false)).toThrow(
        `the metrics file has no number ${name}`,
      );
    }
  });
});

describe('two aggregate numbers', () => {
  const of = (candidate: number, production: number, conditions: boolean) =>
    compareAggregates(
      { candidate: aggregate({ mae: candidate }), production: aggregate({ mae: production }) },
      'mae',
      { kind: 'absolute', value: 1 },
      conditions,
    );

  test('are compared without a test, which is said', () => {
    expect(of(3, 3.5, false)).toMatchObject({
      id: 'comparison.aggregate',
      status: 'inconclusive',
      message: expect.stringContaining('no test is possible'),
    });
    expect(of(3, 3.5, true).status).toBe('warn');
    // A loss beyond the margin is not waved through by conditions.
    expect(of(5, 3, true).status).toBe('inconclusive');
  });

  test('have no relative margin to a baseline of zero', () => {
    const zero = aggregate({ mae: 0 });
    const given = { candidate: zero, production: zero };
    expect(() => compareAggregates(given, 'mae', { kind: 'relative', value: 0.02 }, false)).toThrow(
      'a share of it',
    );
  });
});
