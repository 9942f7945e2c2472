/** The team of examples/delivery-times, on GitHub's own runners. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Delivery, Platform } from './platform.ts';
import { World } from './world.ts';

const DAY = 24 * 3_600_000;
/** The first Monday of the data. */
const FIRST = Date.parse('2026-01-05T00:00:00Z');
export const NAME = 'delivery-minutes';

export class Courier {
  readonly world: World;
  readonly platform: Platform;
  /** The settings of the example, before a time is set. */
  readonly #config: string;

  private constructor(world: World, platform: Platform) {
    this.world = world;
    this.platform = platform;
    this.#config = world.repository.read('ml-loop.yml');
  }

  static async start(): Promise<Courier> {
    const world = await World.start({ files: 'examples/delivery-times', runners: 'github-hosted' });
    const platform = await Platform.start(join(world.folder, 'platform'));
    const courier = new Courier(world, platform);
    world.commit({ 'ops/platform.json': JSON.stringify({ address: platform.url }) });
    courier.timeIs(12);
    return courier;
  }

  /** Sets the clock of all that follows, by the settings: days after the Monday of a week from 0. */
  timeIs(week: number, day = 0): void {
    const now = new Date(FIRST + (week * 7 + day) * DAY).toISOString();
    this.world.commit({
      'ml-loop.yml': `defaults:\n  now: ${now}\n${this.#config}`,
    });
  }

  /** The deliveries of a week, as data/make.py makes them. */
  week(number: number): Delivery[] {
    const [header = '', ...lines] = this.#made('--from', String(number), '--weeks', '1').trim().split('\n');
    const columns = header.split(',');
    return lines.map((line) =>
      Object.fromEntries(line.split(',').map((cell, at) => [columns[at] ?? '', cell])),
    );
  }

  /** data/deliveries.csv with so many weeks. */
  deliveries(weeks: number): string {
    return this.#made('--weeks', String(weeks));
  }

  #made(...args: readonly string[]): string {
    const program = join(this.world.repository.folder, 'data/make.py');
    return execFileSync('python3', ['-B', program, ...args], { encoding: 'utf8' });
  }

  production() {
    return this.world.model(NAME);
  }

  async stop(): Promise<void> {
    await this.platform.stop();
    await this.world.stop();
  }
}
