import { readFileSync } from 'node:fs';
import { OperationError } from '../sys/errors.ts';
import type { Driver } from './driver.ts';
import { mark } from './names.ts';
import type { NetHost } from './net-host.ts';
import type { NftObject } from './nft.ts';
import { type NetworkRecord, ownerOf } from './record.ts';

/**
 * Where another program's firewall drops what is forwarded (Docker sets the policy of FORWARD to DROP), and accepting
 * in a table of ours would not overrule it: netfilter asks every table. There two accept rules of ours must stand in
 * *its* chain: in DOCKER-USER, which Docker keeps for such rules, else in FORWARD.
 */
export async function findDroppingChain(driver: Pick<Driver, 'chains'>): Promise<string | undefined> {
  const chains = (await driver.chains()).filter(({ table }) => table === 'filter');
  if (!chains.some(({ dropsForwarded }) => dropsForwarded)) {
    refuseLegacy();
    return undefined;
  }
  return chains.some(({ name }) => name === 'DOCKER-USER') ? 'DOCKER-USER' : 'FORWARD';
}

/** Equivalent to: `iptables -I CHAIN -s SUBNET -j ACCEPT`, and the same with `-d`. Commented with the owner's mark. */
export function acceptText(chain: string, network: NetworkRecord): string {
  const comment = mark(ownerOf(network));
  return ['saddr', 'daddr']
    .map((end) => `insert rule ip filter ${chain} ip ${end} ${network.subnet} accept comment "${comment}"\n`)
    .join('');
}

/** Removes our rules, found by their comment, from all chains. */
export async function removeAcceptRules(
  host: Pick<NetHost, 'nft'>,
  isOurs: (comment: unknown) => boolean,
): Promise<void> {
  const ours = (await host.nft.list('the rules that bear the mark of the network', 'ruleset', 'ip')).flatMap(
    ({ rule }: NftObject) => (rule?.table === 'filter' && isOurs(rule.comment) ? [rule] : []),
  );
  if (ours.length === 0) return;
  const lines = ours.map((rule) => `delete rule ip filter ${rule.chain} handle ${rule.handle}\n`);
  await host.nft.apply(lines.join(''), "removes the network's two rules from the other firewall");
}

/** The old iptables keeps its tables where nft cannot see them. Its FORWARD chain may drop, and we could not tell. */
function refuseLegacy(): void {
  let tables: string;
  try {
    tables = readFileSync('/proc/net/ip_tables_names', 'utf8');
  } catch {
    return;
  }
  if (tables.split('\n').includes('filter')) {
    throw new OperationError(
      'this host filters with iptables-legacy, whose rules nslab can neither see nor change',
      {
        hint: 'switch to the nftables one: update-alternatives --set iptables /usr/sbin/iptables-nft (and restart Docker)',
      },
    );
  }
}
