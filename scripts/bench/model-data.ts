/**
 * Writes the predictions of two models for the same rows, `id,label,prediction,score,group`, the same for the same seed:
 * two classes, calibrated scores, about 92.6 % and 92.2 % right, six groups of unequal size.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { randomOf } from '../bench-data.ts';

/** Shares of the groups, summed, and how much easier each is. */
const GROUPS = [
  { name: 'north', until: 0.4, easier: 0 },
  { name: 'south', until: 0.65, easier: 0.05 },
  { name: 'east', until: 0.8, easier: -0.05 },
  { name: 'west', until: 0.9, easier: 0.1 },
  { name: 'coast', until: 0.97, easier: -0.1 },
  { name: 'island', until: 1, easier: -0.2 },
] as const;
/** Distances of the classes' means from 0, in standard deviations: Φ is the accuracy. */
const MEANS = { candidate: 1.45, production: 1.42 } as const;
/** Share of a score's variance that both models have in common. */
const SHARED = 0.8;

export async function writePredictions(
  rows: number,
  paths: { readonly candidate: string; readonly production: string },
  seed = 1,
): Promise<void> {
  const random = randomOf(seed);
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const sides = (['candidate', 'production'] as const).map((model) => ({
    mean: MEANS[model],
    stream: createWriteStream(paths[model], { highWaterMark: 1 << 20 }),
    text: 'id,label,prediction,score,group\n',
  }));
  for (let id = 1; id <= rows; id++) {
    const label = random() < 0.5 ? 1 : 0;
    const share = random();
    const group = GROUPS.find(({ until }) => share < until) ?? GROUPS[0];
    const common = Math.sqrt(SHARED) * normal();
    for (const side of sides) {
      const latent =
        (label === 1 ? 1 : -1) * (side.mean + group.easier) + common + Math.sqrt(1 - SHARED) * normal();
      const score = 1 / (1 + Math.exp(-2 * side.mean * latent));
      side.text += `${id},${label},${score > 0.5 ? 1 : 0},${score.toFixed(6)},${group.name}\n`;
      if (side.text.length < 1 << 19) continue;
      if (!side.stream.write(side.text)) await once(side.stream, 'drain');
      side.text = '';
    }
  }
  for (const { stream, text } of sides) {
    stream.end(text);
    await once(stream, 'finish');
  }
}
