/** The team of examples/bike-demand, with a runner of its own: registry, state, router and logs are on its disk. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { World } from './world.ts';

const EXAMPLE = resolve('examples/bike-demand');
const load = (file: string) => import(join(EXAMPLE, file));
const { weeklyBatches } = await load('demo/batches.mjs');
const { readText } = await load('model/rows.mjs');
const { questionsOf, startProduction } = await load('demo/production.mjs');

const DAY = 24 * 3_600_000;
export const NAME = 'demand';

interface Batch {
  readonly csv: string;
  readonly broken: { readonly csv: string } | null;
}

export class Bikes {
  readonly world: World;
  /** What outlives the jobs of the runner. */
  readonly disk: string;
  readonly weeks: readonly Batch[] = weeklyBatches(readText(join(EXAMPLE, 'data/hour.csv.gz')));
  readonly #production: Awaited<ReturnType<typeof startProduction>>;
  #config: string;
  readonly #served = new Set<string>();

  private constructor(world: World, disk: string, production: unknown) {
    this.world = world;
    this.disk = disk;
    this.#production = production;
    this.#config = onDisk(world.repository.read('ml-loop.yml'), disk);
  }

  /** Begins with the first weeks of data. */
  static async start(weeks: number, secrets: Readonly<Record<string, string>> = {}): Promise<Bikes> {
    const world = await World.start({ files: 'examples/bike-demand', runners: 'self-hosted', secrets });
    const disk = join(world.folder, 'disk');
    for (const folder of ['registry', 'state', 'logs', 'labels'])
      mkdirSync(join(disk, folder), { recursive: true });
    const bikes = new Bikes(world, disk, await startProduction(disk));
    for (const workflow of ['ml-cd', 'ml-retrain']) {
      const path = `.github/workflows/${workflow}.yml`;
      // The traffic of these tests waits for the job, so the job must not wait for traffic.
      world.repository.write({ [path]: `${world.repository.read(path)}      wait: 1s\n` });
    }
    for (let week = 0; week < weeks; week++) bikes.deliver(week);
    bikes.timeIs(weeks);
    return bikes;
  }

  /** Takes the template ml-all in the place of the others, with the ends of lines changed that are a user's. */
  useOneWorkflow(): void {
    const pathOf = (name: string) => `.github/workflows/${name}.yml`;
    const [, train = ''] = / train: (.*)/.exec(this.world.repository.read(pathOf('ml-cd'))) ?? [];
    const yours = [`runs-on: self-hosted`, `train: "${train}"`];
    const releasing = [...yours, 'integration-test: node ops/smoke.mjs', 'wait: 1s'];
    const ends = [yours, releasing, releasing].map((inputs) => `${inputs.join(', ')} } # yours`);
    const text = readFileSync('workflows-templates/ml-all.yml', 'utf8').replace(
      /python-version: .* } # yours/g,
      () => ends.shift() ?? '',
    );
    const old = ['ml-ci', 'ml-cd', 'ml-drift-check', 'ml-retrain'].map((name) => [pathOf(name), null]);
    this.world.commit({ ...Object.fromEntries(old), [pathOf('ml-all')]: text });
  }

  /** Adds the data of a week, for the next commit, and the counts that production is compared with. */
  deliver(week: number): void {
    const csv = this.weeks[week]?.csv ?? '';
    writeFileSync(join(this.disk, 'labels', file(week)), csv);
    this.world.repository.write({ [`data/${file(week)}`]: csv });
  }

  /** Changes the settings from now on. */
  configure(before: string | RegExp, after: string): void {
    const changed = this.#config.replace(before, after);
    if (changed === this.#config) throw new Error(`ml-loop.yml does not say ${before}`);
    this.#config = changed;
  }

  /** Adds a model that is made and released as the first, behind a router of its own. */
  addModel(name: string): void {
    const first = this.#config.slice(this.#config.indexOf(`  ${NAME}:\n`));
    this.#config += first.replace(`  ${NAME}:`, `  ${name}:`).replace('/router.json', `/${name}.json`);
  }

  /** Sets the clock of all that follows, by the settings: days after the first of a week. */
  timeIs(week: number, day = 0): void {
    const now = new Date(Date.parse('2011-01-01') + (week * 7 + day) * DAY).toISOString();
    this.world.commit({ 'ml-loop.yml': `defaults:\n  now: ${now}\n${this.#config}` });
  }

  /** Customers ask for the hours of some days of a week. A version that comes now may be broken in production only. */
  async ask(week: number, days: readonly [from: number, to: number], fault?: string): Promise<void> {
    for (const version of Object.keys(this.weights)) {
      if (this.#served.has(version)) continue;
      this.#served.add(version);
      await this.#production.deploy(version, fault);
    }
    const start = Date.parse('2011-01-01') + week * 7 * DAY;
    const rows = questionsOf(this.weeks[week]?.csv).filter(({ dteday }: { dteday: string }) => {
      const day = (Date.parse(dteday) - start) / DAY;
      return day >= days[0] && day < days[1];
    });
    this.#production.logInto(`week-${week}.jsonl`);
    await this.#production.serve(rows, { together: false });
  }

  /** The shares of the traffic, as the proxy has them. */
  get weights(): Record<string, number> {
    const { stable, canary } = JSON.parse(readFileSync(join(this.disk, 'router.json'), 'utf8'));
    return Object.fromEntries(
      [stable, canary].flatMap((side) => (side && side.weight > 0 ? [[side.version, side.weight]] : [])),
    );
  }

  production(name = NAME) {
    return this.world.model(name, `dir:${join(this.disk, 'registry')}`);
  }

  /** The rows of a week as they come if something is broken, or null. */
  broken(week: number): string {
    return this.weeks[week]?.broken?.csv ?? '';
  }

  async stop(): Promise<void> {
    await this.#production.stop();
    await this.world.stop();
  }
}

export function file(week: number): string {
  return `week-${String(week).padStart(3, '0')}.csv`;
}

/** The settings of the demo, which is one folder, as those of a repository whose runner has a disk. */
function onDisk(config: string, disk: string): string {
  const changes: [string, string][] = [
    ['dir:registry', `dir:${disk}/registry`],
    ['dir:state', `dir:${disk}/state`],
    ['incoming/*.csv', 'data/week-*.csv'],
    ['candidate-profile.json', 'ml-loop-report/validate-data/profile.json'],
    ['file:router.json', `file:${disk}/router.json`],
    ['log:logs/', `log:${disk}/logs/`],
    ['predictions: logs/', `predictions: ${disk}/logs/`],
    ['labels: labels/', `labels: ${disk}/labels/`],
    ['retrain-command: [node, ops/request-retrain.mjs]', 'dispatch: ml-retrain'],
  ];
  return changes.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`examples/bike-demand/ml-loop.yml does not say ${before}`);
    return text.replaceAll(before, after);
  }, config);
}
