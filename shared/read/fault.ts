import { grouped } from '../problem/numbers.ts';
import { type Problem, UserError } from '../problem/problem.ts';

export const FAULT_KINDS = [
  'empty-file',
  'no-rows',
  'no-header',
  'empty-header',
  'duplicate-header',
  'ragged-row',
  'empty-row',
  'stray-quote',
  'unterminated-quote',
  'too-long',
  'invalid-json',
  'torn-line',
  'invalid-utf8',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A structural fault of the data: what it touches is not delivered as rows. */
export interface Fault {
  readonly kind: FaultKind;
  readonly file: string;
  /** Physical line, from 1. */
  readonly line: number;
  /** Field, from 1, if the fault is one field's. */
  readonly column?: number;
  /** Holds no cell value; header names may appear. */
  readonly message: string;
  readonly fix: string;
}

/** Of what holds no value: whoever looks for values does not miss any. */
export function holdsNothing({ kind }: Fault): boolean {
  return kind === 'empty-row' || kind === 'no-rows' || kind === 'empty-file';
}

export type OnFault = (fault: Fault) => void;

/** Passes the faults of a file on. `explained`: does one of them say why the file may have no rows? */
export function watched(onFault: OnFault): { readonly report: OnFault; readonly explained: boolean } {
  const watch = {
    explained: false,
    report: (fault: Fault) => {
      if (!holdsNothing(fault)) watch.explained = true;
      onFault(fault);
    },
  };
  return watch;
}

const SHOWN = 20;

/** Faults as they are met: handed to the callback, or kept and thrown together by `done`. */
export interface FaultSink {
  readonly report: OnFault;
  /** @throws UserError with the first twenty faults and the number of the others, if there is no callback. */
  done(): void;
}

export function faultSink(onFault: OnFault | undefined): FaultSink {
  if (onFault !== undefined) return { report: onFault, done: () => {} };
  const problems: Problem[] = [];
  let count = 0;
  return {
    report: (fault) => {
      // There is nothing in it that could be missed.
      if (fault.kind === 'empty-row') return;
      count++;
      if (problems.length < SHOWN) problems.push(problemOf(fault));
    },
    done: () => {
      if (count === 0) return;
      const more =
        count > SHOWN ? [{ what: `${grouped(count - SHOWN)} more faults of this kind were found` }] : [];
      throw new UserError([...problems, ...more]);
    },
  };
}

/** The fault as a problem of the user's. */
export function problemOf(fault: Fault): Problem {
  const field = fault.column === undefined ? '' : `:${fault.column}`;
  return { what: fault.message, where: `${fault.file}:${fault.line}${field}`, fix: fault.fix };
}

/** The fault of a line with bytes that are not of the encoding. */
export function encodingFault(file: string, line: number, encoding = 'utf-8'): Fault {
  const message = `the row holds a byte that is not ${encoding.toUpperCase()}; the file was not read beyond it`;
  const fix =
    encoding === 'utf-8'
      ? 'save the file as UTF-8, or name its encoding; older Windows programs write windows-1252'
      : 'save the file as UTF-8';
  return { kind: 'invalid-utf8', file, line, message, fix };
}

/** The fault of a file without rows: it has columns only, or nothing. */
export function emptyFault(file: string, hasColumns: boolean): Fault {
  return hasColumns
    ? {
        kind: 'no-rows',
        file,
        line: 1,
        message: 'the file has a header and no rows',
        fix: 'write the rows, or leave the file out',
      }
    : { kind: 'empty-file', file, line: 1, message: 'the file is empty', fix: 'write a header and rows' };
}
