import { listeningAddresses } from '../../observe/ss.ts';
import { eachRole } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { hostLinks, linksOf, routesOf, vethLinks, wayOutMtu } from './links.ts';

/** The shared network namespace: its interfaces, and how it is connected to the host. */
export const NETWORK: readonly Fact[] = [
  {
    id: 'interfaces',
    asks: 'which interfaces?',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      listed(await linksOf(pids.pause), ({ ifname, flags, linkinfo }) =>
        [ifname, linkinfo?.info_kind ?? 'loopback', flags.includes('UP') ? 'up' : 'down'].join(' '),
      ),
  },
  {
    id: 'mtu',
    asks: 'what is the MTU of each interface?',
    by: 'nsenter --net ip -d -j address; the host’s ip -j route, ip -j link',
    read: async ({ pids }) => {
      const outer = await wayOutMtu();
      return listed(
        await linksOf(pids.pause),
        ({ ifname, mtu }) => `${ifname} ${mtu}${mtu === outer && mtu < ETHERNET ? ', as the way out' : ''}`,
      );
    },
  },
  {
    id: 'queues',
    asks: 'how long is each transmit queue, and how many are there?',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      listed(
        await linksOf(pids.pause),
        ({ ifname, txqlen, num_tx_queues }) =>
          `${ifname} ${txqlen ?? 0} in ${num_tx_queues === 1 ? 'one' : 'several'}`,
      ),
  },
  {
    id: 'addresses',
    asks: 'which addresses? (families and prefix lengths)',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      listed(
        (await linksOf(pids.pause)).flatMap(({ ifname, addr_info }) =>
          addr_info.map((address) => ({ ifname, ...address })),
        ),
        ({ ifname, family, prefixlen, scope }) =>
          `${ifname} ${FAMILIES[family] ?? family}/${prefixlen} ${scope}`,
      ),
  },
  {
    id: 'mac',
    asks: 'are the hardware addresses universal or locally administered?',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      listed(await vethLinks(pids.pause), ({ ifname, address = '' }) =>
        (Number.parseInt(address.slice(0, 2), 16) & 2) === 0
          ? `${ifname} of a maker`
          : `${ifname} made up here`,
      ),
  },
  {
    id: 'routes',
    asks: 'which routes?',
    by: 'nsenter --net ip -j route',
    read: async ({ pids }) =>
      listed(await routesOf(pids.pause), ({ dst, gateway, dev, scope }) => {
        const where = dst === 'default' ? dst : `its own /${dst.split('/')[1] ?? 32}`;
        return [
          where,
          gateway === undefined ? '' : 'by the gateway',
          `dev ${dev}`,
          scope ? `scope ${scope}` : '',
        ]
          .filter(Boolean)
          .join(' ');
      }),
  },
  {
    id: 'host side',
    asks: 'what is the host end of its veth pair?',
    by: 'ip -d -j link, by link_index',
    async read({ pids }) {
      const here = await hostLinks();
      return listed(await vethLinks(pids.pause), ({ ifname, link_index }) => {
        const other = here.find(({ ifindex }) => ifindex === link_index);
        if (!other) return `${ifname}: nowhere on this host`;
        const master = here.find((each) => each.ifname === other.master);
        return `${ifname}: a ${other.linkinfo?.info_kind}${master ? `, port of a ${master.linkinfo?.info_kind}` : ''}`;
      });
    },
  },
  {
    id: 'host side name',
    asks: 'what is the name of the host end, and of its bridge?',
    by: 'ip -d -j link',
    async read({ pids }) {
      const here = await hostLinks();
      return listed(await vethLinks(pids.pause), ({ link_index }) => {
        const other = here.find(({ ifindex }) => ifindex === link_index);
        return other
          ? `${other.ifname.replace(RANDOM, '…')} on ${other.master?.replace(RANDOM, '…') ?? 'nothing'}`
          : 'nothing';
      });
    },
  },
  {
    id: 'listening',
    asks: 'on which addresses do TCP sockets listen?',
    by: 'nsenter --net ss -Hltn',
    read: ({ pids }) =>
      eachRole(pids, async (pid) => {
        const locals = new Set(await listeningAddresses(pid));
        return [...locals].sort().join(', ') || 'nobody';
      }),
  },
];

const FAMILIES: Readonly<Record<string, string>> = { inet: 'IPv4', inet6: 'IPv6' };

/** The random end of an interface name: seven hexadecimal digits of Docker, letters and digits of ours. */
const RANDOM = /(?<=^veth)[0-9a-f]{7}$|(?<=^nsv)[0-9a-z]{6,}$|(?<=^nslab)\d+$/;

const ETHERNET = 1500;

function listed<T>(items: readonly T[], format: (item: T) => string): string {
  return items.map(format).join('; ') || 'none';
}
