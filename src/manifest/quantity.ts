/**
 * An amount of Kubernetes ("10Mi", "500m", "0.5", "1e3") in bytes: rounded up to whole ones, at most 2^63 - 1.
 * apimachinery/pkg/api/resource/quantity.go
 */
export function bytesOf(quantity: string | number): bigint {
  return ceil(checked(quantity), NANO);
}

/** The same in thousandths, as CPUs are counted: "0.5" and "500m" are 500. */
export function milliOf(quantity: string | number): bigint {
  return ceil(checked(quantity), NANO / 1000n);
}

/** In billionths, below which Kubernetes knows nothing: exact, and so fit to compare with. Undefined: no quantity. */
export function nanoOf(text: string): bigint | undefined {
  // Nobody writes more digits than this, and BigInt takes the square of their number.
  if (text.length > 400) return undefined;
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,18})?$/.exec(text);
  if (!match) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const amount = scale(BigInt(whole + fraction), suffix, fraction.length);
  const capped = amount > MOST ? MOST : amount;
  return sign === '-' ? -capped : capped;
}

function checked(quantity: string | number): bigint {
  const nano = nanoOf(String(quantity));
  // The reader lets none of these through: who asks about another text made a mistake.
  if (nano === undefined) throw new TypeError(`${JSON.stringify(quantity)} is not a quantity`);
  return nano;
}

const NANO = 1_000_000_000n;
const MOST = (2n ** 63n - 1n) * NANO;

const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Record<string, bigint> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };

function scale(mantissa: bigint, suffix: string, fraction: number): bigint {
  const binary = BINARY[suffix];
  if (binary !== undefined) return ceil(mantissa * 2n ** binary * NANO, 10n ** BigInt(fraction));
  const exponent = (DECIMAL[suffix] ?? Number(suffix.slice(1))) - fraction + 9;
  if (mantissa === 0n) return 0n;
  // Beyond what 2^63 can hold it is all the same, and 10^999999999 would never be done.
  if (exponent > 40) return MOST + 1n;
  return exponent >= 0
    ? mantissa * 10n ** BigInt(exponent)
    : ceil(mantissa, 10n ** BigInt(Math.min(-exponent, 100_000)));
}

/** Away from zero, as Kubernetes rounds. */
function ceil(amount: bigint, unit: bigint): bigint {
  const up = amount >= 0n ? unit - 1n : 1n - unit;
  return (amount + up) / unit;
}
