import { isUtf8 } from 'node:buffer';

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

/** The first byte that is not UTF-8. There must be one, or a character that is cut at the end. */
export function firstWrongByte(bytes: Buffer, from: number, end: number): number {
  let [sound, wrong] = [from, end];
  while (wrong - sound > 1) {
    const middle = (sound + wrong) >> 1;
    if (isUtf8(bytes.subarray(from, completeEnd(bytes, from, middle)))) sound = middle;
    else wrong = middle;
  }
  return completeEnd(bytes, from, sound);
}
