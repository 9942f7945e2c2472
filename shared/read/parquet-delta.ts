import { ended } from './parquet-runs.ts';

const TWO32 = 4_294_967_296;

/** Numbers of 64 bits as two words. */
class Reader {
  readonly bytes: Uint8Array;
  at: number;
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Seven bits a byte, the lowest first. */
  varint(): number {
    this.low = 0;
    this.high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.at >= this.bytes.length) throw ended();
      const byte = this.bytes[this.at++]!;
      const bits = byte & 127;
      if (shift <= 28) this.low |= bits << shift;
      if (shift === 28) this.high |= bits >>> 4;
      else if (shift > 28) this.high |= bits << (shift - 32);
      if (byte < 128) return this.low >>> 0;
      if (shift > 56) throw new Error('a number without end');
    }
  }

  /** Signs are in the lowest bit. */
  zigzag(): void {
    this.varint();
    const sign = -(this.low & 1);
    this.low = ((this.low >>> 1) | (this.high << 31)) ^ sign;
    this.high = (this.high >>> 1) ^ sign;
  }
}

/**
 * Reads `count` integers that are written as differences (Parquet's DELTA_BINARY_PACKED) into words: one for each, its
 * lower 32 bits, or two, the lower one first.
 *
 * @returns where they end.
 * @throws Error
 */
export function readDelta(
  bytes: Uint8Array,
  start: number,
  count: number,
  size: 1 | 2,
  into: Int32Array,
): number {
  if (count === 0) return start;
  const reader = new Reader(bytes, start);
  const block = reader.varint();
  const miniblocks = reader.varint();
  const per = block / miniblocks;
  if (!(block > 0 && block <= 2 ** 20 && per % 8 === 0))
    throw new Error(`blocks of ${block} values in ${miniblocks} parts`);
  reader.varint();
  reader.zigzag();
  let { low, high } = reader;
  into[0] = low;
  if (size === 2) into[1] = high;
  for (let done = 1; done < count; ) {
    reader.zigzag();
    const { low: leastLow, high: leastHigh } = reader;
    const widths = reader.at;
    let at = widths + miniblocks;
    for (let part = 0; part < miniblocks && done < count; part++) {
      const width = bytes[widths + part] ?? 65;
      const taken = Math.min(per, count - done);
      if (width > 64 || at + Math.ceil((taken * width) / 8) > bytes.length) throw ended();
      const [lowMask, highMask] = [maskOf(width), maskOf(width - 32)];
      for (let bit = 0, end = taken * width, i = 0; i < taken; i++, done++) {
        let restLow = 0;
        let restHigh = 0;
        if (bit < end) {
          const from = at + (bit >>> 3);
          const shift = bit & 7;
          restLow = wordAt(bytes, from) >>> shift;
          if (shift + width > 32) {
            const next = wordAt(bytes, from + 4);
            if (shift > 0) restLow |= next << (32 - shift);
            restHigh = next >>> shift;
            if (shift > 0) restHigh |= bytes[from + 8]! << (32 - shift);
          }
          bit += width;
        }
        const sum = (low >>> 0) + (leastLow >>> 0) + ((restLow & lowMask) >>> 0);
        low = sum | 0;
        high = (high + leastHigh + (restHigh & highMask) + (sum - (sum >>> 0)) / TWO32) | 0;
        into[size * done] = low;
        if (size === 2) into[2 * done + 1] = high;
      }
      at += (per * width) / 8;
    }
    reader.at = at;
  }
  return reader.at;
}

function maskOf(width: number): number {
  if (width <= 0) return 0;
  return width >= 32 ? -1 : (1 << width) - 1;
}

/** 0 for bytes beyond the end. */
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
