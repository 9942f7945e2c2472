/** A workflow file, with the lines of all that the doctor speaks of. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Finding } from './finding.ts';

/** A place of a file that was parsed: a value, and its line. */
export class YamlPlace {
  readonly #node: Node | null;
  readonly #lines: LineCounter;
  readonly line: number;

  constructor(node: Node | null, lines: LineCounter, line: number) {
    this.#node = node;
    this.#lines = lines;
    this.line = line;
  }

  /** Its text; undefined if it is a map or a list, or is not there. */
  get text(): string | undefined {
    return isScalar(this.#node) && this.#node.value !== null ? String(this.#node.value) : undefined;
  }

  /** Its texts, if it is a list or one text. */
  get texts(): readonly string[] {
    return this.items.flatMap(({ text }) => text ?? []);
  }

  get items(): readonly YamlPlace[] {
    if (!isSeq(this.#node)) return this.text === undefined ? [] : [this];
    return this.#node.items.map((item) => this.#place(item as Node));
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get(key: string): YamlPlace | undefined {
    return this.entries.find(([name]) => name === key)?.[1];
  }

  /** Keys and values; a place of a value that is empty has the key's line. */
  get entries(): readonly (readonly [string, YamlPlace])[] {
    if (!isMap(this.#node)) return [];
    return this.#node.items.map(({ key, value }) => {
      const line = this.#lineOf(key as Node, this.line);
      return [
        isScalar(key) ? String(key.value) : String(key),
        new YamlPlace((value ?? null) as Node | null, this.#lines, line),
      ];
    });
  }

  #place(node: Node): YamlPlace {
    return new YamlPlace(node, this.#lines, this.#lineOf(node, this.line));
  }

  #lineOf(node: Node | null, otherwise: number): number {
    return node?.range ? this.#lines.linePos(node.range[0]).line : otherwise;
  }
}

export interface WorkflowStep {
  readonly line: number;
  readonly uses?: string | undefined;
  readonly with?: YamlPlace | undefined;
  readonly run?: string | undefined;
}

export interface Job {
  readonly id: string;
  readonly name: string;
  readonly line: number;
  /** Of a job that calls a workflow. */
  readonly uses?: string | undefined;
  readonly with?: YamlPlace | undefined;
  readonly secrets?: YamlPlace | undefined;
  readonly permissions?: YamlPlace | undefined;
  readonly environment?: YamlPlace | undefined;
  readonly concurrency?: YamlPlace | undefined;
  readonly runsOn?: YamlPlace | undefined;
  readonly steps: readonly WorkflowStep[];
}

export interface Workflow {
  readonly file: string;
  readonly name: string;
  readonly text: string;
  /** By event. */
  readonly on: Readonly<Record<string, YamlPlace>>;
  readonly permissions?: YamlPlace | undefined;
  readonly concurrency?: YamlPlace | undefined;
  readonly jobs: readonly Job[];
}

/** Reads a workflow; a finding if it is not YAML. */
export function workflowOf(file: string, text: string): Workflow | Finding {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    return {
      about: 'workflows',
      status: 'fail',
      what: `is not YAML: ${error.message}`,
      fix: 'correct the line',
      file,
      line,
    };
  }
  const root = new YamlPlace(document.contents as Node | null, lines, 1);
  return {
    ...{ file, text, name: root.get('name')?.text ?? file },
    on: eventsOf(root.get('on')),
    permissions: root.get('permissions'),
    concurrency: root.get('concurrency'),
    jobs: (root.get('jobs')?.entries ?? []).map(([id, place]) => jobOf(id, place)),
  };
}

function eventsOf(on: YamlPlace | undefined): Record<string, YamlPlace> {
  if (on === undefined) return {};
  if (on.isMap) return Object.fromEntries(on.entries);
  return Object.fromEntries(on.items.map((place) => [place.text ?? '', place]));
}

function jobOf(id: string, place: YamlPlace): Job {
  const environment = place.get('environment');
  return {
    ...{ id, line: place.line, name: place.get('name')?.text ?? id },
    uses: place.get('uses')?.text,
    with: place.get('with'),
    secrets: place.get('secrets'),
    permissions: place.get('permissions'),
    environment: environment?.get('name') ?? environment,
    concurrency: place.get('concurrency'),
    runsOn: place.get('runs-on'),
    steps: (place.get('steps')?.items ?? []).map((step) => ({
      line: step.line,
      uses: step.get('uses')?.text,
      with: step.get('with'),
      run: step.get('run')?.text,
    })),
  };
}

/** Does it hold an expression, whose value is known only in the run? */
export function isExpression(text: string): boolean {
  return text.includes('${{');
}
