import { existsSync } from 'node:fs';
import type { Kernel } from '../sys/invoke.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { readMaybe } from '../sys/procfs.ts';
import { type OpenNetns, runInside } from './open-netns.ts';

/** Netlink sockets of a network namespace: opened inside it, used from our own namespace. */
export interface NetnsSockets {
  /** The prefix of an equivalent shell command: `nsenter --net=… `. */
  readonly shell: string;
  /** NETLINK_ROUTE: links and addresses. */
  readonly route: NetlinkSocket;
  /** NETLINK_NETFILTER: nftables. Undefined where the kernel has none. */
  readonly netfilter: NetlinkSocket | undefined;
  /** The tables of iptables-legacy: only a thread inside the namespace can read them. */
  readonly legacy: readonly string[];
}

/** A netlink socket stays in the namespace where it was opened: one setns(2) there and back. The caller closes them. */
export function openNetnsSockets(kernel: Kernel, netns: OpenNetns): NetnsSockets {
  return runInside(kernel, netns, () => ({
    shell: netns.home ? '' : `nsenter --net=/proc/self/fd/${netns.fd} `,
    route: NetlinkSocket.open(kernel),
    netfilter: openNetfilter(kernel),
    legacy: existsSync(LEGACY) ? (readMaybe(LEGACY)?.split('\n') ?? []) : [],
  }));
}

export function closeNetnsSockets({ route, netfilter }: NetnsSockets): void {
  route.close();
  netfilter?.close();
}

/** Usually missing: existsSync takes a tenth of the time of a failed read. */
const LEGACY = '/proc/thread-self/net/ip_tables_names';

function openNetfilter(kernel: Kernel): NetlinkSocket | undefined {
  try {
    return NetlinkSocket.open(kernel, 'NETLINK_NETFILTER');
  } catch {
    return undefined;
  }
}
