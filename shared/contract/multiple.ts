/**
 * Is a number a whole multiple of another, as decimals are? Of 19.99 and 0.01 the quotient of doubles is
 * 1998.9999999999998; their shortest decimals, as JSON writes them, are compared exactly instead.
 *
 * @param unit above zero.
 */
export function isMultiple(value: number, unit: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(unit)) return value % unit === 0;
  if (!Number.isFinite(value)) return false;
  const quotient = value / unit;
  // Far from whole it is not a multiple, however it was rounded.
  if (Math.abs(quotient) < 2 ** 40 && Math.abs(quotient - Math.round(quotient)) > 2 ** -10) return false;
  const [digits, exponent] = decimalOf(value);
  const [unitDigits, unitExponent] = decimalOf(unit);
  const least = Math.min(exponent, unitExponent);
  return (
    (digits * 10n ** BigInt(exponent - least)) % (unitDigits * 10n ** BigInt(unitExponent - least)) === 0n
  );
}

/** The shortest decimal that stands for a double: digits × 10^exponent. */
function decimalOf(value: number): [bigint, number] {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}
