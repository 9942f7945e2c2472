import { Hashes, type HashPart, hashPartitions } from './hash-log.ts';
import { RowSet } from './row-set.ts';

/** Bits of 32 MiB. */
const MOST_BITS = 2 ** 28;

/** The rows whose hash other rows have, too. */
export function repeatedHashes(parts: readonly HashPart[]): RowSet {
  const found = new RowSet();
  const groups = parts.some(({ log }) => log.from > 0) ? hashPartitions(parts) : [likelyOf(parts)];
  for (const hashes of groups) {
    const { size, low, high, rows } = hashes;
    if (size < 2) continue;
    const slots = hashes.slots();
    const mask = slots.length - 1;
    for (let i = 0; i < size; i++) {
      let slot = low[i]! & mask;
      for (let other = slots[slot]!; other !== 0; other = slots[slot]!) {
        if (low[other - 1] === low[i] && high[other - 1] === high[i]) {
          found.add(rows[other - 1]!);
          found.add(rows[i]!);
          break;
        }
        slot = (slot + 1) & mask;
      }
      if (slots[slot] === 0) slots[slot] = i + 1;
    }
  }
  return found;
}

/** Of hashes in memory those whose lower word others may have, told by two bits for each of 16 times as many values. */
function likelyOf(parts: readonly HashPart[]): Hashes {
  let bits = 1024;
  const size = parts.reduce((sum, { log }) => sum + log.hashes.length / 2, 0);
  while (bits < 16 * size && bits < MOST_BITS) bits *= 2;
  const [once, twice] = [new Int32Array(bits / 32), new Int32Array(bits / 32)];
  const mask = bits - 1;
  for (const { log } of parts) {
    const { hashes } = log;
    for (let i = 0; i < hashes.length; i += 2) {
      const at = hashes[i]! & mask;
      const bit = 1 << (at & 31);
      if ((once[at >>> 5]! & bit) === 0) once[at >>> 5]! |= bit;
      else twice[at >>> 5]! |= bit;
    }
  }
  const likely = new Hashes();
  for (const { log, before } of parts) {
    const { hashes } = log;
    for (let i = 0; i < hashes.length; i += 2) {
      const at = hashes[i]! & mask;
      if ((twice[at >>> 5]! & (1 << (at & 31))) !== 0) likely.add(hashes[i]!, hashes[i + 1]!, i / 2 + before);
    }
  }
  return likely;
}

/** The rows of a table whose hash one of another table's rows has. */
export function sharedHashes(parts: readonly HashPart[], others: readonly HashPart[]): RowSet {
  const found = new RowSet();
  const theirs = hashPartitions(others);
  for (const { size, low, high, rows } of hashPartitions(parts)) {
    const other = theirs.next().value as Hashes;
    if (size === 0 || other.size === 0) continue;
    const slots = other.slots();
    const mask = slots.length - 1;
    /** Where the hash stands, or would stand. */
    const slotOf = (a: number, b: number): number => {
      let slot = a & mask;
      for (let at = slots[slot]!; at !== 0; at = slots[slot]!) {
        if (other.low[at - 1] === a && other.high[at - 1] === b) break;
        slot = (slot + 1) & mask;
      }
      return slot;
    };
    for (let i = 0; i < other.size; i++) {
      const slot = slotOf(other.low[i]!, other.high[i]!);
      if (slots[slot] === 0) slots[slot] = i + 1;
    }
    for (let i = 0; i < size; i++) if (slots[slotOf(low[i]!, high[i]!)] !== 0) found.add(rows[i]!);
  }
  return found;
}
