import { listeningAddresses } from '../../observe/ss.ts';
import { commandOutput } from '../../sys/command-output.ts';
import { readMaybe } from '../../sys/procfs.ts';
import { parseToolJson } from '../../sys/tool-json.ts';
import type { Item, Row } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';
import { inNetworkOf } from './output.ts';

/** The interfaces of a network namespace, with their IPv4 addresses. */
export function interfaces(who: string): Item {
  return {
    title: `interfaces of ${who} (ip -j address)`,
    read: async (session) =>
      (await inNetworkOf<Link>(session, who, ['ip', '-j', 'address'])).map(
        ({ ifname, flags, addr_info }) => ({
          interface: ifname,
          up: flags.includes('UP'),
          carrier: flags.includes('LOWER_UP'),
          address: addr_info.find(({ family }) => family === 'inet')?.local ?? null,
          prefix: addr_info.find(({ family }) => family === 'inet')?.prefixlen ?? null,
        }),
      ),
  };
}

/** The IPv4 routes of a network namespace. */
export function routes(who: string): Item {
  return {
    title: `routes of ${who} (ip -j route)`,
    read: async (session) =>
      (await inNetworkOf<Record<string, string>>(session, who, ['ip', '-j', '-4', 'route'])).map(
        ({ dst, gateway, dev }) => ({
          to: dst ?? '',
          via: gateway ?? null,
          interface: dev ?? '',
        }),
      ),
  };
}

/** The TCP ports on which somebody listens in a network namespace. */
export function listeners(who: string): Item {
  return {
    title: `listening TCP sockets in the network of ${who} (ss -ltn)`,
    async read(session) {
      return (await listeningAddresses(session.pid(who))).flatMap((local) => {
        const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(local) ?? [];
        return port === '' ? [] : [{ address, port: Number(port) }];
      });
    },
  };
}

/** Whether packets get there and back: three echo requests, because a cable that was just set up needs a moment. */
export function pings(
  pairs: ReadonlyArray<readonly [from: string, to: string, address: (session: LabSession) => string]>,
): Item {
  return {
    title: 'does an echo come back? (ping)',
    read: (session) =>
      Promise.all(
        pairs.map(async ([from, to, where]): Promise<Row> => {
          const address = where(session);
          const { status } = await session.exec(from, ['sh', '-c', TRY_TO_REACH, 'sh', address]);
          return { to, from, address, answered: status === 0 };
        }),
      ),
  };
}

const TRY_TO_REACH = 'for n in 1 2 3; do busybox ping -c 1 -W 1 "$1" && exit; sleep 0.2; done; exit 1';

/** The interfaces of a network namespace that is made for this look. */
export function newNetwork(): Item {
  return {
    title: 'interfaces of a network namespace just made (unshare --net ip -j address)',
    async read(session) {
      const first = births
        .of(session)
        .map((line) => `${line}; `)
        .join('');
      const text = await commandOutput('unshare', ['--net', 'sh', '-c', `${first}ip -j address`]);
      return parseToolJson<Link[]>(text).map(({ ifname, flags, addr_info }) => ({
        interface: ifname,
        up: flags.includes('UP'),
        address: addr_info[0]?.local ?? null,
      }));
    },
  };
}

/** What is done first in each network namespace that is made to be looked at. */
export function atBirth(session: LabSession, line: string): void {
  births.set(session, [...births.of(session), line]);
}

const births = new SessionValue<readonly string[]>([]);

/** Whether this host forwards what comes in by the bridge of a pod. */
export function forwarding(people: readonly string[]): Item {
  return {
    title: 'does this host forward? (/proc/sys/net/ipv4/conf/*/forwarding)',
    read: async (session) =>
      people.map((pod) => {
        const { bridge } = session.at(pod).inspect().network as { bridge?: string };
        return {
          pod,
          bridge: bridge ?? null,
          forwards: readMaybe(`/proc/sys/net/ipv4/conf/${bridge}/forwarding`)?.trim() === '1',
        };
      }),
  };
}

/** Whether a network namespace, by a path to it, has an address. */
export async function hasAddress(network: string, address: string): Promise<boolean> {
  const text = await commandOutput('nsenter', [`--net=${network}`, 'ip', '-j', '-4', 'address']).catch(
    () => '[]',
  );
  return parseToolJson<Link[]>(text).some(({ addr_info }) =>
    addr_info.some(({ local }) => local === address),
  );
}

interface Link {
  readonly ifname: string;
  readonly operstate: string;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly addr_info: ReadonlyArray<{
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
  }>;
}
