/**
 * `npm run bench -- register`: ml-loop's command line registers a model of one gigabyte, beside programs that copy or send
 * it and hash it, in turns. What is stored is compared before a figure counts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { measure, middle, type Program, type Used } from './measure.ts';
import { machine, megabytes, seconds, tableOf, writePart } from './page.ts';
import { cache } from './peers.ts';
import { type Model, models } from './register-data.ts';
import { directory } from './register-dir.ts';
import { containers } from './register-oci.ts';

const ROUNDS = 3;
const LIMIT_SECONDS = 600;

/** A kind of registry: programs that store one model, in turns. */
export interface Course {
  readonly title: string;
  /** The first is what the others are compared with. */
  readonly contenders: readonly Contender[];
  /** A place with nothing in it: a folder, or a server's address. */
  open(): Promise<{ readonly place: string; close(): Promise<void> | void }>;
}

export interface Contender {
  readonly name: string;
  program(model: Model, place: string): Program;
  /** @param printed what the program printed. @throws Error if it has not stored the model, or not hashed it. */
  prove(model: Model, place: string, printed: string): void;
}

/** @param cli the command line that is measured. */
export async function benchRegister({ cli }: { readonly cli: string }): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const all = await models();
  const tables: string[] = [];
  for (const course of [directory(cli), containers(cli)]) {
    const rows: (readonly (readonly Used[])[])[] = [];
    for (const model of all) rows.push(await measured(course, model));
    tables.push(tableFor(course, all, rows));
  }
  const versions = `Node ${process.versions.node}, ${version('cp')}, ${version('openssl', 'version')}`;
  writePart('register', `${tables.join('\n\n')}\n\n${versions}; ${machine()}. All figures are of one run.`);
}

/** The runs of each contender. */
async function measured(course: Course, model: Model): Promise<Used[][]> {
  const runs: Used[][] = course.contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    const { place, close } = await course.open();
    try {
      for (const [index, contender] of course.contenders.entries()) {
        const used = run(contender, model, place);
        runs[index]?.push(used);
        console.log(`${model.title}, ${contender.name}: ${cell(used)}`);
      }
    } finally {
      await close();
    }
  }
  return runs;
}

function run(contender: Contender, model: Model, place: string): Used {
  const out = join(cache, `out-${process.pid}.txt`);
  // What the one before has left for the disk to do must not cost the next one.
  spawnSync('sync', ['--file-system', cache]);
  const used = measure(contender.program(model, place), out, LIMIT_SECONDS);
  const printed = existsSync(out) ? readFileSync(out, 'utf8') : '';
  rmSync(out, { force: true });
  if (used.exit !== 0) throw new Error(`${contender.name} ended with ${used.exit}:\n${printed}`);
  contender.prove(model, place, printed);
  return used;
}

function tableFor(
  { title, contenders }: Course,
  all: readonly Model[],
  runs: readonly (readonly (readonly Used[])[])[],
): string {
  const cells = contenders.map(({ name }, index) => [
    name,
    ...runs.map((ofModel) => {
      const used = typical(ofModel[index] ?? []);
      const base = typical(ofModel[0] ?? []);
      return index === 0 ? cell(used) : `${cell(used)}; ${speed(base.cpu, used.cpu)} of its speed`;
    }),
  ]);
  return tableOf([title, ...all.map((model) => model.title)], cells);
}

/** The run of the middle CPU seconds, in the least time that any took: others use the machine, too. */
function typical(runs: readonly Used[]): Used {
  return { ...middle(runs), wall: Math.min(...runs.map(({ wall }) => wall)) };
}

function cell({ cpu, wall, peak }: Used): string {
  return `${seconds(cpu)} of CPU, ${seconds(wall)} in all, ${megabytes(peak)}`;
}

function speed(base: number, own: number): string {
  return `${Math.round((base / own) * 100)} %`;
}

function version(program: string, option = '--version'): string {
  const { stdout } = spawnSync(program, [option], { encoding: 'utf8' });
  return (stdout ?? '').split('\n')[0]?.replace(/ \(Library.*/, '') || `no ${program}`;
}
