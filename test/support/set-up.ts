import { readFileSync } from 'node:fs';
import { ACTIONS, LOOP } from '../../actions/catalog.ts';
import { examine } from '../../shared/doctor/doctor.ts';
import type { GitHub, GitHubRepository, Ports } from '../../shared/ports/ports.ts';
import type { Check } from '../../shared/verdict/verdict.ts';
import { MemoryCommands, MemoryFiles, memoryPorts } from './memory.ts';

export const TABLES = {
  ...Object.fromEntries(Object.entries(ACTIONS).map(([name, { definition }]) => [name, definition.inputs])),
  root: LOOP.definition.inputs,
};

const CONFIG = `validate-data:
  data: data.csv
  contract: contract.yml
validate-model:
  predict: [python, predict.py, "{model}", "{data}", "{out}"]
  model: [model]
  test-data: test.csv
register-model:
  model: [model]
deploy-canary:
  router: file:router.json
check-drift:
  predictions: logs/*.jsonl
  reference: model:shop@champion
  dispatch: ml-retrain
`;

/** A repository that uses all templates, and in which nothing is wrong. */
export function soundFiles(): Record<string, string> {
  const templates = ['ml-ci', 'ml-cd', 'ml-drift-check', 'ml-retrain', 'ml-record-use'];
  return {
    'ml-loop.yml': CONFIG,
    'data.csv': 'id\n1\n',
    'contract.yml': 'type: object\n',
    'requirements.txt': 'scikit-learn\n',
    ...Object.fromEntries(
      templates.map((name) => [
        `.github/workflows/${name}.yml`,
        readFileSync(`workflows-templates/${name}.yml`, 'utf8'),
      ]),
    ),
  };
}

export interface Examination {
  readonly files: Readonly<Record<string, string>>;
  readonly ignored?: readonly string[];
  readonly github?: GitHub;
  readonly runner?: Partial<Ports['runner']>;
}

/** What the doctor finds, without what passes and without that GitHub was not asked. */
export async function findings({ files, ignored = [], github, runner }: Examination): Promise<Check[]> {
  const ports = memoryPorts({
    files: new MemoryFiles(files),
    commands: new MemoryCommands((argv) => ({ exitCode: ignored.includes(argv.at(-1) ?? '') ? 0 : 1 })),
    runner: { github: false, hosted: false, repository: 'acme/models', ...runner },
    ...(github === undefined ? {} : { repository: async () => github as GitHubRepository }),
  });
  const { checks } = await examine(ports, TABLES, 'ml-loop.yml', github !== undefined);
  return checks.filter(
    ({ status, message }) => status !== 'pass' && !message.startsWith('GitHub was not asked'),
  );
}
