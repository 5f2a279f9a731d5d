import { DEFAULT_NETWORK } from '../spec/network-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { isCatchAll, overlaps, parseSubnet, routeRange, type Subnet } from './address.ts';
import type { Link, Route } from './driver.ts';
import { kernelName } from './names.ts';
import type { NetworkRecord } from './record.ts';

/** `nslab0` for the default network; another name where that one is taken. */
export function bridgeName(instance: string, network: string, links: readonly Link[]): string {
  if (network === DEFAULT_NETWORK && links.every(({ name }) => name !== 'nslab0')) return 'nslab0';
  return freeName('nsbr', `${instance}/${network}`, links);
}

/** A name that no other object of the list has. */
export function freeName(prefix: string, owner: string, taken: readonly { readonly name: string }[]): string {
  let salt = 0;
  while (taken.some(({ name }) => name === kernelName(prefix, owner, salt))) salt++;
  return kernelName(prefix, owner, salt);
}

/** The wanted subnet, or the first candidate that no route and no network overlaps. */
export function chooseSubnet(
  wanted: string | undefined,
  routes: readonly Route[],
  others: readonly NetworkRecord[],
): Subnet {
  const taken = [
    ...routes.flatMap(({ to, device }) => {
      const range = routeRange(to);
      return range ? [{ range, who: `the route ${to}${device ? ` dev ${device}` : ''}` }] : [];
    }),
    ...others.map(({ name, subnet }) => ({
      range: parseSubnet(subnet),
      who: `network "${name}" (${subnet})`,
    })),
  ];
  const conflict = (subnet: Subnet) => taken.find(({ range }) => overlaps(range, subnet));
  if (wanted !== undefined) {
    const subnet = parseSubnet(wanted);
    const other = conflict(subnet);
    if (!other) return subnet;
    throw new InputError(`subnet ${wanted} overlaps ${other.who}`, {
      hint: 'half of the packets would go the other way: choose another one',
    });
  }
  for (const candidate of candidates()) {
    const subnet = parseSubnet(candidate);
    if (!conflict(subnet)) return subnet;
  }
  throw new OperationError('every private subnet overlaps a route of this host', {
    hint: 'name a free one: nslab network create NAME --subnet CIDR',
  });
}

/**
 * From Kubernetes' usual 10.244.0.0/16 on; a company's route for 10.0.0.0/8 leaves the other private ranges, and the shared one
 * of RFC 6598.
 */
function* candidates(): Iterable<string> {
  for (let n = 0; n < 256; n++) yield `10.${(244 + n) % 256}.0.0/16`;
  for (let n = 16; n < 32; n++) yield `172.${n}.0.0/16`;
  // Many home networks are 192.168.0.0/24 or 192.168.1.0/24: a smaller subnet fits beside them.
  for (let n = 0; n < 256; n += 16) yield `192.168.${n}.0/20`;
  for (let n = 64; n < 128; n++) yield `100.${n}.0.0/16`;
}

/** The devices by which packets leave the host, in the order of its routes: those of every catch-all, in any table. */
export function outerDevices(routes: readonly Route[]): Set<string> {
  return new Set(routes.flatMap(({ to, device }) => (device && isCatchAll(to) ? [device] : [])));
}

/** What fits through the way out: a larger packet would have to be cut, or be lost. */
export function outerMtu(outer: ReadonlySet<string>, links: readonly Pick<Link, 'name' | 'mtu'>[]): number {
  const mtus = links.flatMap(({ name, mtu }) => (mtu > 0 && outer.has(name) ? [mtu] : []));
  return Math.min(1500, ...mtus);
}
