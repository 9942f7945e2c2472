import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../../../shared/problem/problem.ts';
import { acceptedRows } from './support.ts';

/** Required tests of the JSON-Schema-Test-Suite, as the sources of the package jsonschema 4.26.0 of PyPI hold them. */
interface Group {
  readonly file: string;
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

const DRAFTS = {
  'draft2020-12': 'https://json-schema.org/draft/2020-12/schema',
  draft7: 'http://json-schema.org/draft-07/schema#',
} as const;

interface Counts {
  /** Tests whose answer is the suite's. */
  right: number;
  /** Formats are asserted here; the suite takes them for annotations. */
  formats: number;
  /** Tests of schemas that are refused with the fix. */
  refused: number;
}

/** What the documentation says of each draft. */
const COUNTS: Readonly<Record<keyof typeof DRAFTS, Counts>> = {
  'draft2020-12': { right: 1189, formats: 19, refused: 49 },
  draft7: { right: 890, formats: 0, refused: 23 },
};

/** Other documents and vocabularies, which no contract may need. */
const REFUSED =
  /is of another document, and remote references are refused|\$schema .* is not read|has another \$schema/;

/** A value as a member of a row: a schema is a resource of its own, in which its references stay. */
function contractOfValues({ schema }: Group, $schema: string): object {
  const inner =
    typeof schema === 'boolean' ? schema : { $id: 'https://test.example/schema', ...(schema as object) };
  return { $schema, properties: { v: inner } };
}

async function answersTo(contract: unknown, rows: readonly unknown[]): Promise<boolean[] | 'refused'> {
  try {
    return await acceptedRows(
      contract,
      rows.map((row) => JSON.stringify(row)),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(REFUSED);
    return 'refused';
  }
}

/** The tests of a group whose answers differ from the suite's, by their descriptions; undefined if it is refused. */
async function differing(group: Group, $schema: string): Promise<string[] | undefined> {
  const values = group.tests.map(({ data }) => ({ v: data }));
  const answers = await answersTo(contractOfValues(group, $schema), values);
  if (answers === 'refused') return undefined;
  return group.tests.flatMap(({ description, valid }, index) =>
    answers[index] === valid ? [] : [`${group.file}: ${group.description}: ${description}`],
  );
}

describe.each(Object.entries(DRAFTS))('JSON-Schema-Test-Suite, %s', (draft, $schema) => {
  const groups = JSON.parse(
    readFileSync(`test/fixtures/json-schema-test-suite/${draft}.json`, 'utf8'),
  ) as readonly Group[];

  test('all required tests, as values of a column', async () => {
    const counts: Counts = { right: 0, formats: 0, refused: 0 };
    const wrong: string[] = [];
    for (const group of groups) {
      const found = await differing(group, $schema);
      if (found === undefined) counts.refused += group.tests.length;
      else {
        const formats = found.filter((name) => /^format: .*invalid .* is only an annotation/.test(name));
        wrong.push(...found.filter((name) => !formats.includes(name)));
        counts.formats += formats.length;
        counts.right += group.tests.length - found.length;
      }
    }
    expect(wrong).toEqual([]);
    expect(counts).toEqual(COUNTS[draft as keyof typeof DRAFTS]);
  });

  test('the tests whose values are objects, as rows', async () => {
    const wrong: string[] = [];
    for (const { file, description, schema, tests } of groups) {
      const rows = tests.filter(
        ({ data }) => typeof data === 'object' && data !== null && !Array.isArray(data),
      );
      if (rows.length === 0) continue;
      const contract = typeof schema === 'boolean' ? schema : { $schema, ...(schema as object) };
      const data = rows.map((one) => one.data);
      const answers = await answersTo(contract, data);
      if (answers === 'refused') continue;
      rows.forEach((one, index) => {
        if (answers[index] !== one.valid) wrong.push(`${file}: ${description}: ${one.description}`);
      });
    }
    expect(wrong).toEqual([]);
  });
});
