import type { ScalarTag } from 'yaml';

/**
 * Resolves plain scalars like kubectl's decoder, which follows neither YAML 1.1 nor 1.2. `yes` and `on` are
 * booleans, 0644 and 0o644 are octal; 12:30 and 2001-01-01 are strings. go.yaml.in/yaml/v2/resolve.go
 */
export const scalarTags: ScalarTag[] = [
  {
    tag: 'tag:yaml.org,2002:null',
    default: true,
    test: /^(?:~|null|Null|NULL)?$/,
    resolve: () => null,
  },
  {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
    resolve: (text) => /^(?:y|on|t)/i.test(text),
  },
  {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: /^[-+]?(?:0|0_*[xX]_*[\da-fA-F][\da-fA-F_]*|0_*[bB]_*[01][01_]*|0_*[oO]?_*[0-7][0-7_]*|[1-9][\d_]*)$/,
    resolve: (text) => integerOf(text.replaceAll('_', '')),
  },
  {
    tag: 'tag:yaml.org,2002:float',
    default: true,
    test: /^(?:[-+]?(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?[\d_]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
    resolve: (text) => floatOf(text.replaceAll('_', '')),
  },
];

/** A number if that is exact, else a bigint up to 64 bits, else the nearest float. */
function integerOf(text: string): number | bigint {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '').replace(/^0[oO]?(?=[0-7])/, '0o');
  const value = negative ? -BigInt(digits.toLowerCase()) : BigInt(digits.toLowerCase());
  if (Number.isSafeInteger(Number(value))) return Number(value);
  return value < 2n ** 64n && value >= -(2n ** 63n) ? value : Number(value);
}

function floatOf(text: string): number {
  const infinite = /^([-+]?)\.inf$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text.replace(/^\.nan$/i, 'NaN'));
}
