import { isIPv4 } from 'node:net';

/** The first and the last of a range of addresses or ports. */
export type Range = readonly [number, number];

/** `10.0.0.0/8`. Bits after the prefix are allowed. */
export function isIPv4Cidr(cidr: string): boolean {
  const [address = '', bits = '', ...rest] = cidr.split('/');
  return rest.length === 0 && isIPv4(address) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32;
}

/** The addresses of a CIDR, or one address, as numbers. */
export function rangeOf(cidr: string): Range {
  const [address = '', bits = '32'] = cidr.split('/');
  const value = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(value / size) * size;
  return [first, first + size - 1];
}

/** A range without another one. */
export function without([first, last]: Range, hole: Range): Range[] {
  if (hole[0] > last || hole[1] < first) return [[first, last]];
  return [
    ...(hole[0] > first ? [[first, hole[0] - 1] as const] : []),
    ...(hole[1] < last ? [[hole[1] + 1, last] as const] : []),
  ];
}

/** The same numbers as ranges that do not meet, in order: nft refuses ranges of one set that overlap. */
export function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1) result[result.length - 1] = [before[0], Math.max(before[1], last)];
    else result.push([first, last]);
  }
  return result;
}

/** An address by its number. */
export function dotted(value: number): string {
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(value / unit) % 256).join('.');
}

/** No other machine can be behind it: unspecified, loopback, link-local and multicast addresses. */
export function isUnusableEndpoint(address: string): boolean {
  const [value] = rangeOf(address);
  return ['0.0.0.0', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4']
    .map(rangeOf)
    .some(([first, last]) => value >= first && value <= last);
}
