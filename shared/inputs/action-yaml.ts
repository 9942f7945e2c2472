import { stringify } from 'yaml';
import type { ActionDefinition, InputTable } from './table.ts';

const HEADER = '# Generated from inputs.ts by `npm run generate`; edit that instead.\n';

/** The text of `action.yml`. `main` is the bundle's path from the file's folder. */
export function actionYaml(
  definition: ActionDefinition<InputTable>,
  commonOutputs: Readonly<Record<string, string>>,
  main: string,
): string {
  const inputs = Object.fromEntries(
    Object.entries(definition.inputs).map(([name, input]) => {
      const { expression, default: fallback } = input;
      const said = expression !== undefined || fallback === undefined ? '' : ` Default: \`${fallback}\`.`;
      return [
        name,
        {
          description: `${input.description}${said}`,
          // ml-loop.yml may give any of them, so a step need not; linters would ask for what is required here.
          required: false,
          // A default given here would reach the step as if its user had given it, and win over ml-loop.yml.
          ...(expression === undefined ? {} : { default: expression }),
        },
      ];
    }),
  );
  const outputs = Object.fromEntries(
    Object.entries({ ...commonOutputs, ...definition.outputs }).map(([name, description]) => [
      name,
      { description },
    ]),
  );
  const document = {
    name: definition.name === 'root' ? definition.title : `ml-loop ${definition.name}`,
    description: definition.description,
    author: 'ml-loop',
    branding: { icon: definition.icon, color: 'blue' },
    inputs,
    outputs,
    runs: { using: 'node24', main },
  };
  return HEADER + stringify(document, { lineWidth: 0 });
}
