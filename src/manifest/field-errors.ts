// The messages of k8s.io/apimachinery/pkg/util/validation/field/errors.go: nslab and the API server report the same fault.

export function requiredValue(why = ''): string {
  return `Required value${why && `: ${why}`}`;
}

export function invalidValue(value: unknown, why: string): string {
  return `Invalid value: ${show(value)}: ${why}`;
}

export function unsupportedValue(value: unknown, supported: readonly string[]): string {
  return `Unsupported value: ${show(value)}: supported values: ${supported.map(show).join(', ')}`;
}

export function duplicateValue(value: unknown): string {
  return `Duplicate value: ${show(value)}`;
}

export function notFound(value: unknown, where = ''): string {
  return `Not found: ${show(value)}${where && `: ${where}`}`;
}

export function forbidden(why: string): string {
  return `Forbidden: ${why}`;
}

export function tooMany(count: number, most: number): string {
  return `Too many: ${count}: must have at most ${most} items`;
}

export function between(least: number, most: number): string {
  return `must be between ${least} and ${most}, inclusive`;
}

/** A value as JSON, truncated for messages. */
export function show(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > LONG ? `${text.slice(0, LONG)}…` : text;
}

const LONG = 80;
