/** A part of some bytes. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What is wrong if values end too soon. */
export function ended(): Error {
  return new Error('a page holds fewer values than it says');
}

/** Reads `count` values of the hybrid of run lengths and bit-packing from `start` on. @throws Error */
export function readHybrid(
  { bytes, start, end }: ByteRange,
  width: number,
  count: number,
  into: Int32Array,
): void {
  if (width > 32) throw new Error(`indices of ${width} bits`);
  const run = new Run();
  let at = start;
  for (let seen = 0; seen < count; ) {
    at = run.read(bytes, at, end, count);
    const taken = Math.min(run.count, count - seen);
    if (run.packed) {
      if (at + Math.ceil((taken * width) / 8) > end) throw ended();
      unpack(bytes, at, width, into.subarray(seen, seen + taken));
      at += (run.count / 8) * width;
    } else {
      let value = 0;
      const size = Math.ceil(width / 8);
      if (at + size > end) throw ended();
      for (let i = 0; i < size; i++) value |= bytes[at + i]! << (8 * i);
      into.fill(value, seen, seen + taken);
      at += size;
    }
    seen += taken;
  }
}

/** How many of `count` values of one bit are 1. @throws Error */
export function countOnes(bytes: Uint8Array, start: number, end: number, count: number): number {
  const run = new Run();
  let at = start;
  let ones = 0;
  for (let seen = 0; seen < count; ) {
    at = run.read(bytes, at, end, count);
    const taken = Math.min(run.count, count - seen);
    const size = run.packed ? taken >>> 3 : 1;
    if (at + size + (run.packed && taken % 8 > 0 ? 1 : 0) > end) throw ended();
    if (!run.packed) {
      if (bytes[at]! > 1) throw new Error('a level is higher than its column is nested');
      ones += bytes[at]! * taken;
    } else {
      for (let i = at; i < at + size; i++) ones += ONES[bytes[i]!]!;
      if (taken % 8 > 0) ones += ONES[bytes[at + size]! & ((1 << (taken % 8)) - 1)]!;
    }
    at += run.packed ? run.count / 8 : 1;
    seen += taken;
  }
  return ones;
}

/** Reads `count` values of one bit. @throws Error */
export function readBits(bytes: Uint8Array, start: number, end: number, count: number): Uint8Array {
  const run = new Run();
  const bits = new Uint8Array(count);
  let at = start;
  for (let seen = 0; seen < count; ) {
    at = run.read(bytes, at, end, count);
    const last = seen + Math.min(run.count, count - seen);
    if (at + (run.packed ? Math.ceil((last - seen) / 8) : 1) > end) throw ended();
    if (!run.packed) bits.fill(bytes[at]!, seen, last);
    else {
      for (let i = seen, from = at; i < last; from++) {
        const byte = bytes[from]!;
        for (let bit = 0; bit < 8 && i < last; bit++) bits[i++] = (byte >>> bit) & 1;
      }
    }
    at += run.packed ? run.count / 8 : 1;
    seen = last;
  }
  return bits;
}

const ONES = Uint8Array.from({ length: 256 }, (_value, byte) => byte.toString(2).replaceAll('0', '').length);

/** The header of a run. */
class Run {
  packed = false;
  count = 0;

  /** Where its values start. */
  read(bytes: Uint8Array, start: number, end: number, values: number): number {
    let header = 0;
    let at = start;
    for (let shift = 0; ; shift += 7) {
      if (at >= end) throw ended();
      const byte = bytes[at++]!;
      header |= (byte & 127) << shift;
      if (byte < 128) break;
      if (shift > 28) throw new Error('a run without end');
    }
    this.packed = (header & 1) === 1;
    this.count = this.packed ? (header >>> 1) * 8 : header >>> 1;
    if (this.count > values + 512) throw new Error(`a run of ${this.count} values in a page of ${values}`);
    return at;
  }
}

/** Fills `into` with values of `width` bits each, the lowest bits first. */
export function unpack(bytes: Uint8Array, start: number, width: number, into: Int32Array): void {
  if (width > 24) {
    unpackWide(bytes, start, width, into);
    return;
  }
  const mask = (1 << width) - 1;
  let at = start;
  let buffer = 0;
  let bits = 0;
  for (let i = 0; i < into.length; i++) {
    while (bits < width) {
      buffer |= bytes[at++]! << bits;
      bits += 8;
    }
    into[i] = buffer & mask;
    buffer >>>= width;
    bits -= width;
  }
}

function unpackWide(bytes: Uint8Array, start: number, width: number, into: Int32Array): void {
  for (let i = 0; i < into.length; i++) {
    const bit = i * width;
    let value = 0;
    // Up to 39 bits: more than an integer of 32 bits holds, less than a double does.
    for (let byte = 4; byte >= 0; byte--) value = value * 256 + (bytes[start + (bit >>> 3) + byte] ?? 0);
    into[i] = Math.floor(value / 2 ** (bit & 7)) % 2 ** width;
  }
}
