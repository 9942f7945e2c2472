import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { FORMATS } from '../../../shared/contract/formats.ts';
import { isMultiple } from '../../../shared/contract/multiple.ts';

/** The columns that break a schema, as ajv finds them; `''` for the row as a whole. */
export function ajvColumns(schema: object, draft: '2020-12' | 'draft-07' = '2020-12') {
  const options = { allErrors: true, strict: false, strictNumbers: true, ownProperties: true, logger: false };
  const ajv = draft === 'draft-07' ? new Ajv(options as object) : new Ajv2020(options as object);
  // What it notes for `unevaluated…` may fail within `oneOf`.
  ajv.opts.unevaluated = false;
  addFormats.default(ajv);
  for (const [name, validate] of Object.entries(FORMATS)) ajv.addFormat(name, validate);
  // ajv divides doubles: 19.99 would be no multiple of 0.01.
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (unit: number, value: number) => isMultiple(value, unit),
  });
  const validate = ajv.compile(schema);
  return (row: unknown): string[] => {
    if (validate(row)) return [];
    const columns = (validate.errors ?? []).map(({ instancePath, params }) =>
      String(instancePath.split('/')[1] ?? params.missingProperty ?? params.additionalProperty ?? ''),
    );
    return [...new Set(columns)].sort();
  };
}
