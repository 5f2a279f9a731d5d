import { overlaps, parseSubnet, routeRange } from '../net/address.ts';
import { freeName } from '../net/choose.ts';
import { bearsMark } from '../net/names.ts';
import { removeMarkedTables } from '../net/network.ts';
import { networkNames, readMaybeNetwork } from '../net/record.ts';
import type { Host } from '../pod/host.ts';
import { OperationError } from '../sys/errors.ts';
import { isHere } from '../sys/instance.ts';
import { settleAll } from '../sys/settle-all.ts';
import { unique } from '../sys/unique.ts';
import { type ProxyRecord, proxyFile, proxyOwner, readProxy } from './record.ts';

/** Kubernetes' usual one, and where it is taken the next that no route of this host overlaps. */
const CANDIDATES = Array.from({ length: 16 }, (_, n) => `10.${96 + n}.0.0/16`);

/** What Services need in the kernel, on record before it is there. Needs the Services' lock. */
export async function ensureProxy(host: Host, root: string): Promise<ProxyRecord> {
  const found = readProxy(root);
  const instance = host.instance(root);
  if (found && isHere(found.instance, instance)) return found;
  host.nft.refuseUnable();
  const [routes, tables] = await settleAll(host.net.routes(), host.net.tables());
  const taken = [
    ...routes.flatMap(({ to }) => routeRange(to) ?? []),
    ...networkNames(root).flatMap((name) => {
      const subnet = readMaybeNetwork(root, name)?.subnet;
      return subnet === undefined ? [] : [parseSubnet(subnet)];
    }),
  ];
  const cidr = CANDIDATES.find((each) => taken.every((range) => !overlaps(range, parseSubnet(each))));
  if (cidr === undefined)
    throw new OperationError(
      'Services need a subnet of their own, and each from 10.96.0.0/16 to 10.111.0.0/16 overlaps a route',
    );
  // Of another boot: the addresses stay.
  const proxy: ProxyRecord = {
    uid: unique(),
    instance,
    table: freeName('nslab_svc_', `${instance.id}/services`, tables),
    cidr: found?.cidr ?? cidr,
  };
  host.files.replace(proxyFile(root), JSON.stringify(proxy));
  return proxy;
}

/** The table goes with the last Service. Needs the Services' lock. */
export async function dropProxy(host: Host, root: string): Promise<void> {
  const proxy = readProxy(root);
  const { id } = host.instance(root);
  const isOurs = (comment: unknown) =>
    proxy ? bearsMark(comment, proxyOwner(proxy)) : bearsMark(comment, { instance: id, label: 'services' });
  await removeMarkedTables(host, isOurs);
  host.files.remove(proxyFile(root));
}
