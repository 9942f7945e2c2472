import { grouped } from '../problem/numbers.ts';
import type { MissingTexts } from '../profile/describe.ts';
import type { Check } from '../verdict/verdict.ts';

/** What was read as missing though it is written, once for each column. */
export function missingTextChecks(missing: MissingTexts): Check[] {
  return [...missing].map(([column, spellings]) => {
    const counts = [...spellings].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const total = counts.reduce((sum, [, count]) => sum + count, 0);
    const list = counts.map(([text, count]) => `${JSON.stringify(text)} (${grouped(count)})`).join(', ');
    const values = total === 1 ? 'value is' : 'values are';
    return {
      id: 'column.missing-text',
      target: { column },
      status: 'warn',
      observed: Object.fromEntries(counts.map(([text, count]) => [JSON.stringify(text), count])),
      message: `${grouped(total)} ${values} read as missing in ${column}, because the others are numbers or dates: ${list}`,
      fix: 'write missing values as empty fields, or set missing-values; if the values are texts, say `type: string` in the contract',
    };
  });
}
