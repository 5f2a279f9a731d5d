import { listeningAddresses } from '../../observe/ss.ts';
import { commandOutput } from '../../sys/command-output.ts';
import { readMaybe } from '../../sys/procfs.ts';
import { parseToolJson } from '../../sys/tool-json.ts';
import type { Row, TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';
import { readJsonInNetwork } from './read-json-in-network.ts';

/** The interfaces of a network namespace, with their IPv4 addresses. */
export function interfaces(role: string): TableScript {
  return {
    title: 'interfaces',
    about: { role },
    read: async (session) =>
      (await readJsonInNetwork<Link>(session, role, ['ip', '-j', 'address'])).map(
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
export function routes(role: string): TableScript {
  return {
    title: 'routes',
    about: { role },
    read: async (session) =>
      (await readJsonInNetwork<Record<string, string>>(session, role, ['ip', '-j', '-4', 'route'])).map(
        ({ dst, gateway, dev }) => ({
          to: dst ?? '',
          via: gateway ?? null,
          interface: dev ?? '',
        }),
      ),
  };
}

/** The listening TCP sockets of a network namespace. */
export function listeners(role: string): TableScript {
  return {
    title: 'listeners',
    about: { role },
    async read(session) {
      return (await listeningAddresses(session.pid(role))).flatMap((local) => {
        const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(local) ?? [];
        return port === '' ? [] : [{ address, port: Number(port) }];
      });
    },
  };
}

/** Whether an echo request is answered. Tries three times: a link that was just set up needs a moment. */
export function pings(
  pairs: ReadonlyArray<readonly [from: string, to: string, address: (session: LabSession) => string]>,
): TableScript {
  return {
    title: 'pings',
    read: (session) =>
      Promise.all(
        pairs.map(async ([from, to, addressOf]): Promise<Row> => {
          const address = addressOf(session);
          const { status } = await session.exec(from, ['sh', '-c', PING_THREE_TIMES, 'sh', address]);
          return { to, from, address, answered: status === 0 };
        }),
      ),
  };
}

const PING_THREE_TIMES = 'for n in 1 2 3; do busybox ping -c 1 -W 1 "$1" && exit; sleep 0.2; done; exit 1';

/** The interfaces of a new network namespace, made for this table. */
export function newNetwork(): TableScript {
  return {
    title: 'new-network',
    async read(session) {
      const first = firstLines
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

/** Adds a shell line that runs first in each network namespace of `newNetwork`. */
export function runFirst(session: LabSession, line: string): void {
  firstLines.set(session, [...firstLines.of(session), line]);
}

const firstLines = new SessionValue<readonly string[]>([]);

/** Whether the host forwards packets that arrive on a pod's bridge. */
export function forwarding(roles: readonly string[]): TableScript {
  return {
    title: 'forwarding',
    read: async (session) =>
      roles.map((pod) => {
        const { bridge } = session.podOf(pod).inspect().network as { bridge?: string };
        return {
          pod,
          bridge: bridge ?? null,
          forwards: readMaybe(`/proc/sys/net/ipv4/conf/${bridge}/forwarding`)?.trim() === '1',
        };
      }),
  };
}

/** Whether the network namespace at a path has an address. */
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
