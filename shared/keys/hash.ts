const { imul } = Math;

/** The upper word of the last `hash64`. */
export let upper = 0;

/**
 * 64 bits of a run of bytes: returns the lower word and leaves the upper one in `upper`. Two lanes of 32 bits,
 * mixed and ended as MurmurHash3 does (Appleby 2011). It is no proof: what it finds equal is to be compared.
 */
export function hash64(
  view: DataView,
  start: number,
  end: number,
  seedLow: number,
  seedHigh: number,
): number {
  let a = seedLow ^ (end - start);
  let b = seedHigh;
  let at = start;
  // Both lanes take both words, and neither waits for the other.
  for (const last = end - 7; at < last; at += 8) {
    const v = view.getInt32(at, true);
    const w = view.getInt32(at + 4, true);
    const x = imul(a ^ v, 0xcc9e2d51);
    const y = imul(b ^ w, 0x1b873593);
    a = (((x << 15) | (x >>> 17)) + w) | 0;
    b = (((y << 13) | (y >>> 19)) + v) | 0;
  }
  let v = 0;
  if (end - at >= 4) {
    v = view.getInt32(at, true);
    at += 4;
  }
  let w = 0;
  for (; at < end; at++) w = (w << 8) | view.getUint8(at);
  a = finished(imul(a ^ v, 0xcc9e2d51) + w);
  b = finished((imul(b ^ w, 0x1b873593) + v) ^ a);
  upper = b;
  return (a + b) | 0;
}

/** 64 bits of two words, as `hash64` gives them of eight bytes, though not the same. */
export function hashWords(v: number, w: number, seedLow: number, seedHigh: number): number {
  const a = finished(imul(seedLow ^ v, 0xcc9e2d51) + w);
  const b = finished((imul(seedHigh ^ w, 0x1b873593) + v) ^ a);
  upper = b;
  return (a + b) | 0;
}

/** Spreads every bit over all others. */
function finished(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = imul(h, 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A view of the same bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
