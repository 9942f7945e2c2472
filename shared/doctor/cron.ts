/** Cron expressions as GitHub takes them: five fields, in UTC, at most every five minutes. */
const FIELDS = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of the month', min: 1, max: 31, names: [] },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  { name: 'day of the week', min: 0, max: 6, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
] as const;

/** What is wrong with a cron expression; undefined if nothing is. */
export function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (expression.trim().startsWith('@')) return 'GitHub knows no names such as @daily';
  if (fields.length !== FIELDS.length) return `it has ${fields.length} fields, not 5`;
  for (const [index, field] of FIELDS.entries()) {
    if (!field.names) continue;
    const wrong = fields[index]!.split(',').find((part) => !isPart(part, field));
    if (wrong !== undefined)
      return `${JSON.stringify(wrong)} is not a ${field.name} (${field.min} to ${field.max})`;
  }
  return undefined;
}

function isPart(part: string, field: (typeof FIELDS)[number]): boolean {
  const [range = '', step, more] = part.split('/');
  if (more !== undefined || (step !== undefined && !(/^\d+$/.test(step) && Number(step) >= 1))) return false;
  if (range === '*') return true;
  const ends = range.split('-');
  return ends.length <= 2 && ends.every((end) => isValue(end, field));
}

function isValue(text: string, { min, max, names }: (typeof FIELDS)[number]): boolean {
  if ((names as readonly string[]).includes(text.toUpperCase())) return true;
  return /^\d{1,2}$/.test(text) && Number(text) >= min && Number(text) <= max;
}
