import { trimAscii } from './trimAscii.js';

const NUMBER = /^([+-]?)(?:([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,3}))?(%?)$/;
const FRACTION = /^([+-]?[0-9]+) ?\/ ?([0-9]+)$/;
const LONGEST = 1000;

/**
 * The exact value of a written number as numerator and positive denominator: 42, -0.50, 1,234.5, 6e-3, 25%, 3/4. ASCII digits only, at most 1000 characters; anything else, infinities and NaN
 * included, is undefined.
 */
export function readNumber(written: string): readonly [bigint, bigint] | undefined {
  const text = trimAscii(written);
  if (text.length > LONGEST) return undefined;
  const fraction = FRACTION.exec(text);
  if (fraction !== null) return BigInt(fraction[2]) === 0n ? undefined : [BigInt(fraction[1].replace('+', '')), BigInt(fraction[2])];
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', decimals = match[4] ?? '', , exponent = '0', percent] = match;
  const digits = BigInt(`${whole.replaceAll(',', '')}${decimals}`) * (sign === '-' ? -1n : 1n);
  const shift = Number(exponent) - decimals.length - (percent === '%' ? 2 : 0);
  return shift >= 0 ? [digits * 10n ** BigInt(shift), 1n] : [digits, 10n ** BigInt(-shift)];
}
