import { isUtf8 } from 'node:buffer';

const LF = 0x0a;

/** Where the last whole character before `end` ends: at most three bytes are held back. */
export function completeEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let back = 1; back <= Math.min(3, end - start); back++) {
    const byte = bytes[end - back]!;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? end - back : end;
    }
    if (byte < 0x80) break;
  }
  return end;
}

/** Where the line starts that holds the first byte that is not UTF-8. There must be one. */
export function firstWrongLine(bytes: Buffer, from: number, end: number): number {
  for (let start = from; ; ) {
    const feed = bytes.indexOf(LF, start);
    const next = feed === -1 || feed >= end ? end : feed + 1;
    if (next === end || !isUtf8(bytes.subarray(start, next))) return start;
    start = next;
  }
}
