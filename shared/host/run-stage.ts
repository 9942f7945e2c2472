import type { CommonValues } from '../inputs/common.ts';
import { parseInputs } from '../inputs/parse.ts';
import type { InputTable, InputValues } from '../inputs/table.ts';
import { type Action, failure, removeOldVerdict, type StageOptions, type StageResult } from './stage.ts';

/** Parses the inputs, runs the action and writes its verdict and report; never throws. */
export async function runStage(action: Action, options: StageOptions): Promise<StageResult> {
  try {
    await removeOldVerdict(action, options.layers);
    const { gate, layers } = options;
    // What does not count yet would otherwise be found wrong after its merge.
    const own =
      gate === undefined || gate.own.length === 0
        ? undefined
        : parseInputs(action.definition.inputs, gate.own);
    const inputs = parseInputs(action.definition.inputs, layers) as InputValues<InputTable> & CommonValues;
    if (inputs['github-token'] !== undefined) options.surface.mask(inputs['github-token']);
    // What judges is loaded only when the inputs have been found right.
    const { judged } = await import('./judged.ts');
    return await judged(action, { inputs, own: own ?? inputs }, options);
  } catch (error) {
    return failure(error);
  }
}
