let viewed: Uint8Array | undefined;
let view: DataView = new DataView(new ArrayBuffer(0));

/** A view of the bytes, by which four of them are read at once; that of the last ones is kept. */
export function wordsOf(bytes: Uint8Array): DataView {
  if (bytes !== viewed) {
    viewed = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return view;
}

/** 32 bits of a run of bytes (MurmurHash3, Appleby 2011). */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  const words = wordsOf(bytes);
  let hash = seed;
  let at = start;
  for (const last = end - 3; at < last; at += 4) hash = mixed(hash, words.getInt32(at, true));
  let rest = 0;
  for (let shift = 0; at < end; at++, shift += 8) rest |= bytes[at]! << shift;
  hash ^= scrambled(rest);
  return finished(hash ^ (end - start));
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** 32 bits of a double's bits; −0 is to be given as 0. */
export function hashNumber(value: number): number {
  double[0] = value;
  return finished(mixed(mixed(0, halves[0]!), halves[1]!));
}

function scrambled(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function mixed(hash: number, word: number): number {
  const h = hash ^ scrambled(word);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finished(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
