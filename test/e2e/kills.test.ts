import { expect, test } from '@jest/globals';
import { prepare, SCENARIOS } from '../support/kills.ts';

/** Places of each scenario that are tried here; `npm run simulate -- kills` tries all. */
const SAMPLE = 4;

test.each(SCENARIOS.filter((_, n) => n % 2 === 1))(
  'killed at what it does to the disk, the next run recovers at once: $name',
  async (scenario) => {
    const prepared = await prepare(scenario);
    try {
      expect(prepared.places.length).toBeGreaterThan(20);
      const stride = prepared.places.length / SAMPLE;
      for (let n = 0; n < SAMPLE; n++) {
        const place = prepared.places[Math.floor((n + 0.5) * stride)] ?? '';
        expect(await prepared.kill(place)).toEqual({ at: place, operation: expect.any(String) });
      }
    } finally {
      prepared.remove();
    }
  },
);
