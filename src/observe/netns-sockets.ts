import { existsSync } from 'node:fs';
import type { Kernel } from '../sys/invoke.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { readMaybe } from '../sys/procfs.ts';
import { type OpenNetns, runInside } from './open-netns.ts';

/** What leads into a network namespace, and is asked from home. */
export interface NetnsSockets {
  /** What a shell would put before a command that asks there. */
  readonly shell: string;
  /** For links and addresses. */
  readonly route: NetlinkSocket;
  /** For nftables; undefined where the kernel has none. */
  readonly netfilter: NetlinkSocket | undefined;
  /** The tables of iptables-legacy, which only who is inside sees. */
  readonly legacy: readonly string[];
}

/** A netlink socket stays with the namespace in which it was opened, so one short visit is enough. The caller closes them. */
export function openNetnsSockets(kernel: Kernel, room: OpenNetns): NetnsSockets {
  return runInside(kernel, room, () => ({
    shell: room.home ? '' : `nsenter --net=/proc/self/fd/${room.fd} `,
    route: NetlinkSocket.open(kernel),
    netfilter: openNetfilter(kernel),
    legacy: existsSync(LEGACY) ? (readMaybe(LEGACY)?.split('\n') ?? []) : [],
  }));
}

export function closeNetnsSockets({ route, netfilter }: NetnsSockets): void {
  route.close();
  netfilter?.close();
}

/** Mostly not there, and an error takes ten times as long as the question whether it is. */
const LEGACY = '/proc/thread-self/net/ip_tables_names';

function openNetfilter(kernel: Kernel): NetlinkSocket | undefined {
  try {
    return NetlinkSocket.open(kernel, 'NETLINK_NETFILTER');
  } catch {
    return undefined;
  }
}
