import type { Chain } from './driver.ts';
import {
  acceptedPlace,
  type Barrier,
  barrierName,
  findBarriers,
  forwardChains,
  openingLines,
} from './firewall.ts';
import { mark } from './names.ts';
import type { NetHost } from './net-host.ts';
import type { NftObject } from './nft.ts';
import { type NetworkRecord, ownerOf } from './record.ts';

/** How a network's packets pass the other firewalls of this host. */
export interface Passage {
  /** The part of it that is on record, for the removal. */
  readonly record: Pick<NetworkRecord, 'acceptedIn' | 'openedIn' | 'trustedBy' | 'firewall'>;
  /** The rules in other firewalls, for one transaction. */
  readonly text: string;
  /** What the user should know. */
  readonly notices: readonly string[];
}

/**
 * Where another firewall drops what is forwarded, the agreed place is used: DOCKER-USER, the FORWARD of iptables-nft, firewalld's
 * trusted zone. In any other chain nothing is changed unless the user asks for it; the lines that would let pods pass are told.
 */
export async function planPassage(
  host: Pick<NetHost, 'net' | 'nft' | 'firewalld' | 'openFirewall'>,
  network: Pick<NetworkRecord, 'instance' | 'uid' | 'name' | 'subnet' | 'openedIn' | 'trustedBy'>,
): Promise<Passage> {
  const chains = await forwardChains(host);
  const firewall = chainsInWords(chains);
  const barriers = await findBarriers(host, chains);
  const all = barriers.length > 0 ? await host.net.chains() : [];
  const comment = mark(ownerOf(network));
  const lines: string[] = [];
  const notices: string[] = [];
  const openedIn: string[] = [];
  let acceptedIn: string | undefined;
  let trustedBy: string | undefined;
  for (const barrier of barriers) {
    const accepted = acceptedPlace(barrier, all);
    const name = barrierName(barrier);
    if (accepted !== undefined) {
      acceptedIn = accepted;
      lines.push(acceptText(accepted, network));
      notices.push(
        `this host drops what it forwards (${name}): two accept rules for ${network.subnet} now stand in ${accepted}, and go with network "${network.name}"`,
      );
    } else if (barrier.table === 'firewalld' && (await host.firewalld.isRunning())) {
      if (trustedBy !== undefined) continue;
      if (await host.firewalld.trusts(network.subnet)) {
        // By the administrator, if not by us.
        trustedBy = network.trustedBy;
        continue;
      }
      trustedBy = 'firewalld';
      notices.push(
        `firewalld rejects what it forwards: ${network.subnet} is now in its zone trusted, and goes with network "${network.name}"`,
      );
    } else if ((host.openFirewall || network.openedIn?.includes(placeOf(barrier))) && !barrier.isOwned) {
      // What was opened once is opened again: the firewall was loaded anew, and has lost our rules.
      openedIn.push(placeOf(barrier));
      lines.push(
        openingLines(barrier, network.subnet, comment)
          .map((line) => `${line}\n`)
          .join(''),
      );
      notices.push(
        `this host drops what it forwards (${name}): two accept rules for ${network.subnet} now stand there at the end, and go with network "${network.name}"`,
      );
    } else notices.push(adviceFor(barrier, network.subnet));
  }
  return {
    record: {
      ...(acceptedIn !== undefined && { acceptedIn }),
      ...(openedIn.length > 0 && { openedIn }),
      ...(trustedBy !== undefined && { trustedBy }),
      ...(firewall !== '' && { firewall }),
    },
    text: lines.join(''),
    notices,
  };
}

function placeOf({ family, table, chain }: Barrier): string {
  return `${family} ${table} ${chain}`;
}

/** What is said of a chain that nslab does not change. */
function adviceFor(barrier: Barrier, subnet: string): string {
  const name = barrierName(barrier);
  const how = barrier.finalRule === undefined ? 'its policy' : 'its last rule';
  return `${name} drops what is forwarded (${how}): pods are cut off. ${cureFor(barrier, subnet)}`;
}

/** The lines that let a subnet pass. */
export function cureFor(barrier: Barrier, subnet: string): string {
  if (barrier.isOwned) return 'That table has an owner, who alone can change it';
  const lines = openingLines(barrier, subnet).map((line) => `nft '${line}'`);
  return `To let them pass: ${lines.join('; ')}, or --open-firewall`;
}

/** `inet filter forward drop, ip filter FORWARD accept`: what is compared to see whether a firewall has come or gone. */
export function chainsInWords(chains: readonly Chain[]): string {
  return chains
    .map(
      ({ family, table, name, dropsForwarded }) =>
        `${family} ${table} ${name} ${dropsForwarded ? 'drop' : 'accept'}`,
    )
    .sort()
    .join(', ');
}

/** Equivalent to: `iptables -I CHAIN -s SUBNET -j ACCEPT`, and the same with `-d`. Commented with the owner's mark. */
export function acceptText(
  chain: string,
  network: Pick<NetworkRecord, 'instance' | 'uid' | 'name' | 'subnet'>,
): string {
  const comment = mark(ownerOf(network));
  return ['saddr', 'daddr']
    .map((end) => `insert rule ip filter ${chain} ip ${end} ${network.subnet} accept comment "${comment}"\n`)
    .join('');
}

/** Removes our rules, found by their comment, from all chains of all tables. */
export async function removeAcceptRules(
  host: Pick<NetHost, 'nft'>,
  isOurs: (comment: unknown) => boolean,
): Promise<void> {
  const ours = (await host.nft.list('the rules that bear the mark of the network', 'ruleset')).flatMap(
    ({ rule }: NftObject) => (rule && isOurs(rule.comment) ? [rule] : []),
  );
  if (ours.length === 0) return;
  const lines = ours.map(
    ({ family, table, chain, handle }) => `delete rule ${family} ${table} ${chain} handle ${handle}\n`,
  );
  await host.nft.apply(lines.join(''), "removes the network's two rules from the other firewall");
}
