import { type Cell, toNumber } from '../read/batch.ts';

/** What a cell of CSV is as JSON. */
export type Convert = (cell: Cell) => unknown;

const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;

/** Do the types that a column's schema allows make a number of a text that spells one? */
export function holdsNumbers(types: ReadonlySet<string>): boolean {
  return types.has('integer') || types.has('number');
}

/**
 * How a text becomes JSON by the types that its column's schema allows: a number if numbers are allowed and the
 * text is one, else a boolean, else nested JSON, else the text itself. A null
 * stays null.
 */
export function converter(types: ReadonlySet<string>): Convert {
  const numbers = holdsNumbers(types);
  const booleans = types.has('boolean');
  const nested = types.has('array') || types.has('object');
  return (cell) => {
    if (typeof cell !== 'string') return cell;
    if (numbers) {
      const number = toNumber(cell);
      if (!Number.isNaN(number)) return number;
    }
    if (booleans) {
      if (TRUE.test(cell)) return true;
      if (FALSE.test(cell)) return false;
    }
    return nested ? nestedOf(cell) : cell;
  };
}

function nestedOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
