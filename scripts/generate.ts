/**
 * Writes what follows from the input tables: action.yml, the READMEs' tables, and the configuration's schema; and the
 * validators of the files that every run reads.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ACTIONS } from '../actions/catalog.ts';
import { definition as root } from '../actions/root/inputs.ts';
import { actionYaml } from '../shared/inputs/action-yaml.ts';
import { COMMON_INPUTS, COMMON_OUTPUTS } from '../shared/inputs/common.ts';
import { configSchema } from '../shared/inputs/config-schema.ts';
import { readmeOf } from '../shared/inputs/readme.ts';
import { calledFiles } from './called.ts';
import { validatorOf } from './validator.ts';

/** Every generated file with its content. */
export function generated(): Map<string, string> {
  const files = new Map<string, string>();
  for (const { definition } of Object.values(ACTIONS)) {
    const folder = `actions/${definition.name}`;
    files.set(
      `${folder}/action.yml`,
      actionYaml(definition, COMMON_OUTPUTS, `../../dist/${definition.name}.mjs`),
    );
    files.set(
      `${folder}/README.md`,
      readmeOf(definition, COMMON_INPUTS, COMMON_OUTPUTS, current(`${folder}/README.md`)),
    );
  }
  files.set('action.yml', actionYaml(root, COMMON_OUTPUTS, 'dist/root.mjs'));
  // The same by a path: the reusable workflows name our actions by `$/PATH`.
  files.set('actions/root/action.yml', actionYaml(root, COMMON_OUTPUTS, '../../dist/root.mjs'));
  files.set(
    'actions/root/README.md',
    readmeOf(root, COMMON_INPUTS, COMMON_OUTPUTS, current('actions/root/README.md')),
  );
  const definitions = Object.values(ACTIONS).map(({ definition }) => definition);
  files.set(
    'schemas/config.schema.json',
    `${JSON.stringify(configSchema(definitions, COMMON_INPUTS), null, 2)}\n`,
  );
  for (const [folder, schemas] of [
    ['schemas', READ_BACK],
    ['shared/schema', OTHERS],
  ] as const) {
    for (const [name, parts] of Object.entries(schemas)) {
      const file = `shared/schema/generated/${name}`;
      files.set(`${file}.js`, validatorOf(`${folder}/${name}.schema.json`, parts));
      files.set(`${file}.d.ts`, typesOf(parts));
    }
  }
  for (const [path, text] of calledFiles()) files.set(path, text);
  return files;
}

/** What servers of others answer; the schemas are not ours to publish. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  hf: ['revision'],
  mlflow: [
    ...['failure', 'experiment', 'run', 'loggedModel'],
    ...['versions', 'registeredModel', 'listing', 'note'],
  ],
  oci: ['index', 'container', 'platforms', 'configuration', 'tags', 'catalog', 'token', 'errors', 'texts'],
  github: ['asset', 'assets', 'release', 'releases', 'object', 'refs', 'blob'],
};

/** The schemas of files that we read back, each with the definitions that are also read alone. */
export const READ_BACK: Readonly<Record<string, readonly string[]>> = {
  alias: [],
  'drift-state': [],
  image: [],
  ledger: ['use'],
  looks: [],
  'model-manifest': ['files', 'origin'],
  profile: [],
  promotion: [],
  provenance: [],
  'retrain-payload': [],
  'rollout-state': [],
  'registry-answer': ['models', 'versions', 'aliases', 'stored', 'moved', 'done'],
  router: [],
  state: [],
  'state-commit': [],
  'trained-payload': [],
  'training-answer': [],
  'training-state': [],
  verdict: [],
};

function typesOf(parts: readonly string[]): string {
  const validators = ['validate', ...parts].map((name) => `export declare const ${name}: Validator;\n`);
  return `import type { Validator } from '../shape.ts';\n\n${validators.join('')}`;
}

function current(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.main) {
  for (const [path, content] of generated()) {
    if (current(path) === content) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    console.log(`wrote ${path}`);
  }
}
