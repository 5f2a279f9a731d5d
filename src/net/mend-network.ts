import { settleAll } from '../sys/settle-all.ts';
import { bridgeOperations, openLink } from './bridge.ts';
import { bridgeName, freeName } from './choose.ts';
import { chainsInWords, type Passage, planPassage, removeAcceptRules } from './filter.ts';
import { forwardChains } from './firewall.ts';
import { forwardingText, recordedForwarding } from './forwarding-record.ts';
import type { NetHost } from './net-host.ts';
import { isNetworks, RULES } from './network.ts';
import { type NetworkRecord, networkFile, networksDirectory } from './record.ts';
import { tableText } from './ruleset.ts';

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
  const [hasBridge, hasRules] = [!lost.includes('bridge'), !lost.includes('rules')];
  const isNew = !hasRules || (await hasChanged(host, record));
  if (lost.length === 0 && !isNew) return { network: record, lost };
  const [links, tables] = await settleAll(host.net.links(), host.net.tables());
  const passage = isNew ? await planPassage(host, record) : undefined;
  const { acceptedIn, openedIn, trustedBy, firewall, ...rest } = record;
  const network: NetworkRecord = {
    ...rest,
    ...(!hasBridge && { bridge: bridgeName(record.instance.id, name, links) }),
    ...(!hasRules && { table: freeName('nslab_', `${record.instance.id}/${name}`, tables) }),
    ...(passage?.record ?? recorded({ acceptedIn, openedIn, trustedBy, firewall })),
  };
  host.files.replace(networkFile(root, name), JSON.stringify(network));
  if (passage)
    await replacePassage(host, root, { network, passage, hasRules, hadAny: !!(acceptedIn || openedIn) });
  if (!hasBridge) {
    await host.net.apply(bridgeOperations(network));
    if (network.bridge) openLink(host, network.bridge);
  }
  return { network, lost };
}

type PassageRecord = {
  readonly [Field in 'acceptedIn' | 'openedIn' | 'trustedBy' | 'firewall']: NetworkRecord[Field] | undefined;
};

/** Without what is not there. */
function recorded(passage: PassageRecord): Passage['record'] {
  return Object.fromEntries(Object.entries(passage).filter(([, value]) => value !== undefined));
}

/** Whether a firewall has come or gone since, or may now be opened. */
async function hasChanged(host: NetHost, { firewall = '', openedIn }: NetworkRecord): Promise<boolean> {
  const now = chainsInWords(await forwardChains(host));
  return now !== firewall || (host.openFirewall === true && now !== '' && !openedIn);
}

interface Replacement {
  readonly network: NetworkRecord;
  readonly passage: Passage;
  readonly hasRules: boolean;
  /** Whether rules of the network stand in other firewalls. */
  readonly hadAny: boolean;
}

async function replacePassage(
  host: NetHost,
  root: string,
  { network, passage, hasRules, hadAny }: Replacement,
) {
  if (!hasRules || hadAny) await removeAcceptRules(host, (comment) => isNetworks(network, comment));
  const { id } = network.instance;
  const forwarding = hasRules ? '' : forwardingText(id, recordedForwarding(networksDirectory(root), id));
  const text = (hasRules ? '' : tableText(network)) + passage.text + forwarding;
  if (text) await host.nft.apply(text, RULES);
  if (network.trustedBy && !(await host.firewalld.trusts(network.subnet)))
    await host.firewalld.trust(network.subnet);
  for (const notice of passage.notices) host.warn(notice);
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
