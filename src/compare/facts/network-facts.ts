import { listeningAddresses } from '../../observe/ss.ts';
import { each } from '../compared-pod.ts';
import type { Fact } from '../fact.ts';
import { cables, hostLinks, linksOf, routesOf } from './links.ts';

/** The network that they share: its interfaces, and how it is wired to this host. */
export const NETWORK: readonly Fact[] = [
  {
    id: 'interfaces',
    asks: 'which interfaces?',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      said(await linksOf(pids.pause), ({ ifname, flags, linkinfo }) =>
        [ifname, linkinfo?.info_kind ?? 'loopback', flags.includes('UP') ? 'up' : 'down'].join(' '),
      ),
  },
  {
    id: 'mtu',
    asks: 'how long may a packet be?',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) => said(await linksOf(pids.pause), ({ ifname, mtu }) => `${ifname} ${mtu}`),
  },
  {
    id: 'queues',
    asks: 'how many may wait to be sent, and in how many queues?',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      said(
        await linksOf(pids.pause),
        ({ ifname, txqlen, num_tx_queues }) =>
          `${ifname} ${txqlen ?? 0} in ${num_tx_queues === 1 ? 'one' : 'several'}`,
      ),
  },
  {
    id: 'addresses',
    asks: 'which addresses? (their lengths)',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      said(
        (await linksOf(pids.pause)).flatMap(({ ifname, addr_info }) =>
          addr_info.map((address) => ({ ifname, ...address })),
        ),
        ({ ifname, family, prefixlen, scope }) => `${ifname} ${WORD[family] ?? family}/${prefixlen} ${scope}`,
      ),
  },
  {
    id: 'mac',
    asks: 'what kind of hardware address?',
    by: 'nsenter --net ip -d -j address',
    read: async ({ pids }) =>
      said(await cables(pids.pause), ({ ifname, address = '' }) =>
        (Number.parseInt(address.slice(0, 2), 16) & 2) === 0
          ? `${ifname} of a maker`
          : `${ifname} made up here`,
      ),
  },
  {
    id: 'routes',
    asks: 'where do packets go?',
    by: 'nsenter --net ip -j route',
    read: async ({ pids }) =>
      said(await routesOf(pids.pause), ({ dst, gateway, dev, scope }) => {
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
    asks: 'what is the other end of its cable?',
    by: 'ip -d -j link, by link_index',
    async read({ pids }) {
      const here = await hostLinks();
      return said(await cables(pids.pause), ({ ifname, link_index }) => {
        const other = here.find(({ ifindex }) => ifindex === link_index);
        if (!other) return `${ifname}: nowhere on this host`;
        const master = here.find((each) => each.ifname === other.master);
        return `${ifname}: a ${other.linkinfo?.info_kind}${master ? `, port of a ${master.linkinfo?.info_kind}` : ''}`;
      });
    },
  },
  {
    id: 'host side name',
    asks: 'what is that called?',
    by: 'ip -d -j link',
    async read({ pids }) {
      const here = await hostLinks();
      return said(await cables(pids.pause), ({ link_index }) => {
        const other = here.find(({ ifindex }) => ifindex === link_index);
        return other
          ? `${other.ifname.replace(RANDOM, '…')} on ${other.master?.replace(RANDOM, '…') ?? 'nothing'}`
          : 'nothing';
      });
    },
  },
  {
    id: 'listening',
    asks: 'who is heard to listen?',
    by: 'nsenter --net ss -Hltn',
    read: ({ pids }) =>
      each(pids, async (pid) => {
        const locals = new Set(await listeningAddresses(pid));
        return [...locals].sort().join(', ') || 'nobody';
      }),
  },
];

const WORD: Readonly<Record<string, string>> = { inet: 'IPv4', inet6: 'IPv6' };

/** The random end of a name: Docker's seven hexadecimal digits, our own eight letters and digits. */
const RANDOM = /(?<=^veth)[0-9a-f]{7}$|(?<=^nsv)[0-9a-z]{6,}$|(?<=^nslab)\d+$/;

function said<T>(items: readonly T[], word: (item: T) => string): string {
  return items.map(word).join('; ') || 'none';
}
