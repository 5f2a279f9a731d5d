import { settleAll } from '../sys/settle-all.ts';
import { bridgeOperations, openLink } from './bridge.ts';
import { bridgeName, freeName } from './choose.ts';
import { findDroppingChain, removeAcceptRules } from './filter.ts';
import { priorText, recordedForwarding } from './forwarding.ts';
import type { NetHost } from './net-host.ts';
import { isNetworks, RULES, rulesOf } from './network.ts';
import { type NetworkRecord, networkFile, networksDirectory } from './record.ts';

/** What of a network the kernel has no more. */
export type Lost = 'bridge' | 'rules';

/**
 * Makes again what another program has removed of a network: a flushed ruleset, a deleted bridge. The pods' own parts, ports
 * of the bridge and elements of the map, are for the caller to put back. To be called with the networks' lock held.
 */
export async function mendNetwork(
  host: NetHost,
  root: string,
  record: NetworkRecord,
): Promise<{ readonly network: NetworkRecord; readonly lost: readonly Lost[] }> {
  const { name } = record;
  const lost = await lostParts(host, record);
  if (lost.length === 0) return { network: record, lost };
  const [hasBridge, hasRules] = [!lost.includes('bridge'), !lost.includes('rules')];
  const [links, tables, acceptedIn] = await settleAll(
    host.net.links(),
    host.net.tables(),
    findDroppingChain(host.net),
  );
  const { acceptedIn: _, ...rest } = record;
  const network: NetworkRecord = {
    ...rest,
    ...(!hasBridge && { bridge: bridgeName(record.instance.id, name, links) }),
    ...(!hasRules && { table: freeName('nslab_', `${record.instance.id}/${name}`, tables) }),
    ...(acceptedIn !== undefined && { acceptedIn }),
  };
  host.files.replace(networkFile(root, name), JSON.stringify(network));
  if (!hasRules) {
    await removeAcceptRules(host, (comment) => isNetworks(record, comment));
    const prior = recordedForwarding(networksDirectory(root));
    await host.nft.apply(rulesOf(network) + priorText(record.instance.id, prior), RULES);
  }
  if (!hasBridge) {
    await host.net.apply(bridgeOperations(network));
    if (network.bridge) openLink(host, network.bridge);
  }
  return { network, lost };
}

/** Asks the kernel, which alone knows. */
export async function lostParts(host: Pick<NetHost, 'net'>, record: NetworkRecord): Promise<Lost[]> {
  const { bridge } = record;
  const [tables, link] = await settleAll(
    host.net.tables(),
    bridge === undefined ? undefined : host.net.link(bridge),
  );
  const hasRules = tables.some(({ comment }) => isNetworks(record, comment));
  const hasBridge = bridge === undefined || isNetworks(record, link?.alias);
  return [...(hasBridge ? [] : (['bridge'] as const)), ...(hasRules ? [] : (['rules'] as const))];
}
