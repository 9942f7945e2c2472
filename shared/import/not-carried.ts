import { grouped } from '../problem/numbers.ts';
import type { Check } from '../verdict/verdict.ts';
import type { LostPart } from './types.ts';

/** Checks of their own, at most; what is left is told together. */
const MOST = 10;

/** What a document of another format says and the contract does not hold, as warnings. */
export function notCarriedChecks(notCarried: readonly LostPart[]): Check[] {
  const id = 'contract.not-carried';
  const shown = notCarried.length > MOST + 1 ? notCarried.slice(0, MOST) : notCarried;
  const rest = notCarried.slice(shown.length);
  const checks = shown.map(({ what, where, fix }): Check => {
    return { id, status: 'warn', message: `${where}: not carried over: ${what}`, fix: fix ?? STATE_IT };
  });
  if (rest.length === 0) return checks;
  const places = rest.slice(0, 20).map(({ where, what }) => `${where}: ${what}`);
  const more = rest.length > places.length ? `; and ${grouped(rest.length - places.length)} more` : '';
  const message = `${rest.length} other parts were not carried over: ${places.join('; ')}${more}`;
  return [...checks, { id, status: 'warn', observed: rest.length, message, fix: STATE_IT }];
}

const STATE_IT = 'write it into the imported contract.yml of the report, and give that file as contract';
