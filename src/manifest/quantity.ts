/**
 * A quantity of Kubernetes ("10Mi", "500m", "0.5", "1e3") in bytes, rounded up, at most 2^63 - 1.
 * apimachinery/pkg/api/resource/quantity.go
 */
export function bytesOf(quantity: string | number): bigint {
  return ceil(checked(quantity), NANO);
}

/** The same in thousandths, the unit of CPUs: "0.5" and "500m" are 500. */
export function milliOf(quantity: string | number): bigint {
  return ceil(checked(quantity), NANO / 1000n);
}

/** In billionths, the smallest unit of Kubernetes: exact, so quantities can be compared. Undefined: not a quantity. */
export function nanoOf(text: string): bigint | undefined {
  // The time of BigInt grows with the square of the number of digits.
  if (text.length > 400) return undefined;
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,18})?$/.exec(text);
  if (!match) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const amount = scale(BigInt(whole + fraction), suffix, fraction.length);
  const capped = amount > MAX ? MAX : amount;
  return sign === '-' ? -capped : capped;
}

function checked(quantity: string | number): bigint {
  const nano = nanoOf(String(quantity));
  // readManifests has checked all quantities: this is a programming error.
  if (nano === undefined) throw new TypeError(`${JSON.stringify(quantity)} is not a quantity`);
  return nano;
}

const NANO = 1_000_000_000n;
const MAX = (2n ** 63n - 1n) * NANO;

const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Record<string, bigint> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

function scale(mantissa: bigint, suffix: string, fraction: number): bigint {
  const binary = BINARY[suffix];
  if (binary !== undefined) return ceil(mantissa * 2n ** binary * NANO, 10n ** BigInt(fraction));
  const exponent = (DECIMAL[suffix] ?? Number(suffix.slice(1))) - fraction + 9;
  if (mantissa === 0n) return 0n;
  // The result is capped at 2^63 - 1, and 10^999999999 would never finish.
  if (exponent > 40) return MAX + 1n;
  return exponent >= 0
    ? mantissa * 10n ** BigInt(exponent)
    : ceil(mantissa, 10n ** BigInt(Math.min(-exponent, 100_000)));
}

/** Rounds away from zero, as Kubernetes does. */
function ceil(amount: bigint, unit: bigint): bigint {
  const up = amount >= 0n ? unit - 1n : 1n - unit;
  return (amount + up) / unit;
}
