import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const files = readdirSync('schemas').filter((name) => name.endsWith('.json'));

describe('published schemas', () => {
  test.each(files)('%s is a sound JSON Schema 2020-12', (name) => {
    const schema = JSON.parse(readFileSync(`schemas/${name}`, 'utf8')) as Record<string, unknown>;
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    addFormats.default(ajv);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(typeof ajv.compile(schema)).toBe('function');
  });
});
