/**
 * A name of the user's as the end of a check's id, which has letters, digits, `_`, `-` and dots only: `column(my cost)` is
 * `column_my_cost`. The check's target has the name itself.
 */
export function idPart(name: string): string {
  const parts = name
    .split('.')
    .map((part) => part.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replaceAll(/^_+|_+$/g, ''))
    .filter((part) => part !== '');
  return parts.length === 0 ? 'metric' : parts.join('.');
}
