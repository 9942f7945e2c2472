import { TABLES } from '../../actions/catalog.ts';
import { configModel, findConfig, modelLayers } from '../../shared/host/config-file.ts';
import { createPorts } from '../../shared/host/ports.ts';
import { modelName } from '../../shared/inputs/common.ts';
import { type InputLayer, parseInputs } from '../../shared/inputs/parse.ts';
import type { InputValues } from '../../shared/inputs/table.ts';
import { lineageOf } from '../../shared/lineage/trace.ts';
import { openRegistry } from '../../shared/registry/open.ts';
import { lineageHtml, lineageText } from '../../shared/report/lineage.ts';
import { writeDurably } from '../../shared/state/durable.ts';
import { openState } from '../../shared/state/open.ts';
import { EXIT } from '../../shared/verdict/status.ts';
import type { Terminal } from '../command.ts';
import { type Inputs, PLACES } from './inputs.ts';

type Places = InputValues<typeof PLACES>;

/** Prints the lineage of a version. @returns 1 if two of its records contradict. */
export async function run(inputs: Inputs, { surface, env }: Terminal): Promise<number> {
  const token = inputs['github-token'];
  if (token !== undefined) surface.mask(token);
  const placesOf = await placesBy(placesIn(surface.given(PLACES)));
  const released = placesOf('deploy-canary');
  const ports = createPorts({
    workingDirectory: inputs['working-directory'],
    reportFolder: 'ml-loop-report/lineage',
    now: inputs.now,
    runner: surface.runner,
    token,
    env,
    log: surface.log,
    mask: (secret) => surface.mask(secret),
  });
  try {
    const lineage = await lineageOf(modelName(released, ports.runner), inputs.which, {
      registry: await openRegistry(released, ports),
      rollouts: await openState(released, ports),
      drift: await openState(placesOf('check-drift'), ports),
    });
    process.stdout.write(inputs.json ? `${JSON.stringify(lineage, null, 2)}\n` : lineageText(lineage));
    if (inputs.html !== undefined) writeDurably(ports.files.resolve(inputs.html), lineageHtml(lineage));
    return lineage.gaps.some(({ kind }) => kind === 'contradiction') ? EXIT.policy : EXIT.ok;
  } finally {
    await ports.close();
  }
}

/** Where an action keeps what it knows: as the flags say, or else its section of the configuration file. */
async function placesBy(given: InputLayer): Promise<(action: string) => Places> {
  const config = await findConfig(given, async () => TABLES);
  const model = config === null ? '' : configModel(config, given);
  return (action) => {
    const layers = config === null ? [] : modelLayers(config, { model, action }, given);
    return parseInputs(PLACES, [given, ...layers.map(placesIn)]);
  };
}

/** A section has other inputs, too. */
function placesIn({ values, where }: InputLayer): InputLayer {
  const known = Object.entries(values).filter(([name]) => Object.hasOwn(PLACES, name));
  return { values: Object.fromEntries(known), where };
}
