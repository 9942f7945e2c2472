import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Verdict } from '../../shared/verdict/verdict.ts';
import { runCli, runStep, type StepOptions, type StepRun } from './bundle.ts';

type Options = Partial<StepOptions>;

/** A repository as a job has checked it out: a folder in which steps run, one again for each test. */
export class Workspace {
  #folder = '';

  get folder(): string {
    return this.#folder;
  }

  /** Removes a file or a folder. */
  discard(path: string): void {
    rmSync(join(this.#folder, path), { recursive: true });
  }

  create(): void {
    this.#folder = mkdtempSync(join(tmpdir(), 'ml-loop-e2e-'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Writes a file; a list is its lines. */
  write(path: string, content: string | Buffer | readonly string[]): void {
    const place = join(this.#folder, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(
      place,
      typeof content === 'string' || Buffer.isBuffer(content) ? content : `${content.join('\n')}\n`,
    );
  }

  read(path: string): string {
    return readFileSync(join(this.#folder, path), 'utf8');
  }

  json<T = Record<string, unknown>>(path: string): T {
    return JSON.parse(this.read(path)) as T;
  }

  /** All files below a folder, relative to it, sorted. */
  files(under = '.'): string[] {
    const root = join(this.#folder, under);
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort();
  }

  /** Every file with a digest of its bytes, to be compared before and after. */
  snapshot(under = '.'): Record<string, string> {
    return Object.fromEntries(
      this.files(under).map((path) => {
        const bytes = readFileSync(join(this.#folder, under, path));
        return [path, createHash('sha256').update(bytes).digest('hex')];
      }),
    );
  }

  /** The verdict of a report folder, held against its schema. */
  verdict(report: string): Verdict {
    const verdict = this.json<Verdict>(`ml-loop-report/${report}/verdict.json`);
    expectSchema('verdict', verdict);
    return verdict;
  }

  /** Statuses by check id; of several of one id, the list. */
  statuses(report: string): Record<string, string | string[]> {
    const found: Record<string, string | string[]> = {};
    for (const { id, status } of this.verdict(report).checks) {
      const before = found[id];
      found[id] = before === undefined ? status : [before, status].flat();
    }
    return found;
  }

  /** Everything that a run gave out: its streams, its summary, its outputs, and the files below some folders. */
  givenOut(run: Partial<StepRun>, ...folders: readonly string[]): Record<string, string> {
    const { stdout = '', stderr = '', summary = '', outputs = {} } = run;
    const files = this.files().filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)));
    return {
      stdout,
      stderr,
      summary,
      outputs: JSON.stringify(outputs),
      ...Object.fromEntries(files.map((file) => [file, this.read(file)])),
    };
  }

  step(bundle: string, inputs: Readonly<Record<string, string>>, options: Options = {}): Promise<StepRun> {
    return runStep(bundle, inputs, { cwd: this.#folder, ...options });
  }

  cli(args: readonly string[], options: Pick<Options, 'node'> & { env?: Record<string, string> } = {}) {
    return runCli(args, { cwd: this.#folder, ...options });
  }
}

/** A workspace that is made before each test of the file and removed after it. */
export function useWorkspace(): Workspace {
  const workspace = new Workspace();
  beforeEach(() => workspace.create());
  afterEach(() => workspace.remove());
  return workspace;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** Holds a value against a published schema, by its name in `schemas/`. */
export function expectSchema(name: string, value: unknown): void {
  const validate =
    ajv.getSchema(name) ??
    ajv.addSchema(JSON.parse(readFileSync(`schemas/${name}.schema.json`, 'utf8')), name).getSchema(name);
  validate?.(value);
  expect(validate?.errors ?? null).toBeNull();
}
