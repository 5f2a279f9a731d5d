import { setTimeout as sleep } from 'node:timers/promises';
import { withoutPrefix } from '../../net/address.ts';
import { namespaceAt, sameNamespace } from '../../ns/namespace.ts';
import { commandOutput } from '../../sys/command-output.ts';
import type { Pids } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { readJsonInside, runInside } from '../run-inside.ts';
import { hostLinks, linksOf, routesOf, vethLinks } from './links.ts';
import { effectsOn, type RulesetObject } from './ruleset.ts';

/** How the pod's packets are forwarded: its gateway as a neighbour, and the rules of the host. */
export const TRAFFIC: readonly Fact[] = [
  {
    id: 'neighbour',
    asks: 'which device answers for the gateway?',
    by: 'nsenter --net ip neigh replace GATEWAY dev eth0 use; ip -j neigh; ip -j link',
    async read({ pids }) {
      if (isOnHost(pids)) return 'not asked: this host’s own';
      const { gateway, dev } = (await routesOf(pids.pause)).find(({ dst }) => dst === 'default') ?? {};
      if (gateway === undefined || dev === undefined) return 'there is no gateway';
      const address = await resolved(pids.pause, gateway, dev);
      if (address === undefined) return 'nobody';
      const owner = (await hostLinks()).find((link) => link.address === address);
      return owner ? `a ${owner.linkinfo?.info_kind} of this host` : 'somebody else';
    },
  },
  {
    id: 'rules',
    asks: 'which rules of this host mention the pod, and what do they do?',
    by: 'nft -j list ruleset, by the addresses and the links of the pod',
    async read({ pids }) {
      if (isOnHost(pids)) return 'none';
      const listed = await commandOutput('nft', ['-j', 'list', 'ruleset']).catch(() => undefined);
      if (listed === undefined) return 'not to be asked';
      const { nftables } = JSON.parse(listed) as { nftables: RulesetObject[] };
      return effectsOn(await namesOf(pids.pause), nftables);
    },
  },
];

function isOnHost({ pause }: Pids): boolean {
  return sameNamespace(namespaceAt(`/proc/${pause}/ns/net`), namespaceAt('/proc/self/ns/net'));
}

/** The names by which a rule can mention the pod: its addresses, its subnets, and its links on the host. */
async function namesOf(pid: number): Promise<ReadonlySet<string>> {
  const here = await hostLinks();
  const ends = (await vethLinks(pid)).flatMap(({ link_index }) => {
    const end = here.find(({ ifindex }) => ifindex === link_index);
    return end ? [end.ifname, end.master] : [];
  });
  const addresses = (await linksOf(pid)).flatMap(({ ifname, addr_info }) =>
    ifname === 'lo' ? [] : addr_info.map(({ local }) => local),
  );
  const subnets = (await routesOf(pid)).map(({ dst }) => withoutPrefix(dst));
  return new Set([...ends, ...addresses, ...subnets].filter((name) => name !== undefined));
}

/** Resolves the gateway as the kernel does before a first packet. include/uapi/linux/neighbour.h: NTF_USE */
async function resolved(pid: number, gateway: string, dev: string): Promise<string | undefined> {
  await runInside(pid, ['net'], ['ip', 'neigh', 'replace', gateway, 'dev', dev, 'use']);
  for (const end = performance.now() + TIMEOUT; performance.now() < end; await sleep(10)) {
    const [entry] = await readJsonInside<{ lladdr?: string }>(
      pid,
      ['net'],
      ['ip', '-j', 'neigh', 'show', gateway],
    );
    if (entry?.lladdr !== undefined) return entry.lladdr;
  }
  return undefined;
}

/** In milliseconds: the answer never leaves this machine. */
const TIMEOUT = 1000;
