import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Problem } from '../problem/problem.ts';
import type { Contract } from './contract.ts';
import { FORMATS } from './formats.ts';

/** What ajv tells of a schema that is not valid; nothing if it is. */
export function schemaProblems(contract: Contract): Problem[] {
  const options = { allErrors: true, strict: false, logger: false } as const;
  const ajv = contract.draft === 'draft-07' ? new Ajv(options) : new Ajv2020(options);
  addFormats.default(ajv);
  for (const [name, validate] of Object.entries(FORMATS)) ajv.addFormat(name, validate);
  return ajv.validateSchema(contract.schema) === true ? [] : problemsOf(contract, ajv.errors ?? []);
}

function problemsOf(contract: Contract, errors: readonly ErrorObject[]): Problem[] {
  const places = new Map<string, ErrorObject[]>();
  for (const error of errors)
    places.set(error.instancePath, [...(places.get(error.instancePath) ?? []), error]);
  return [...places].slice(0, 20).map(([pointer, all]) => {
    // Of several errors at one place, the alternatives of one keyword, the one that names what is allowed tells most.
    const error = all.find(({ keyword }) => keyword === 'enum') ?? all[0];
    const path = pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const at = path.length === 0 ? 'the contract' : path.join('.');
    const fix =
      error?.keyword === 'enum'
        ? `use one of: ${(error.params.allowedValues as unknown[]).join(', ')}`
        : `write what JSON Schema allows there: it ${error?.message ?? 'is wrong'}`;
    return {
      what: `is not a valid JSON Schema: ${at} ${error?.message ?? 'is wrong'}`,
      where: contract.place(path),
      fix,
    };
  });
}
