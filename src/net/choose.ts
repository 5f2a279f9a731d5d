import { DEFAULT_NETWORK } from '../spec/network-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { overlaps, parseSubnet, routeRange, type Subnet } from './address.ts';
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

/** The wanted subnet, or the first /16 from Kubernetes' usual one on, that no route and no network overlaps. */
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
  for (let n = 0; n < 256; n++) {
    const subnet = parseSubnet(`10.${(244 + n) % 256}.0.0/16`);
    if (!conflict(subnet)) return subnet;
  }
  throw new OperationError('every 10.N.0.0/16 overlaps a route of this host', {
    hint: 'name a free one: nslab network create NAME --subnet CIDR',
  });
}

/** What fits through the way out: a larger packet would have to be cut, or be lost. */
export function outerMtu(outer: ReadonlySet<string>, links: readonly Link[]): number {
  const mtus = links.flatMap(({ name, mtu }) => (mtu > 0 && outer.has(name) ? [mtu] : []));
  return Math.min(1500, ...mtus);
}
