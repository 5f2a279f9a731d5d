import type { PortMapping } from '../spec/port.ts';
import { OperationError, SyscallError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { askFlows, deleteFlows, type Flow } from '../sys/netlink/conntrack.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { readMaybe } from '../sys/procfs.ts';

/**
 * The kernel translates a connection as its first packet was, as long as it is tracked. UDP has no end: a client that goes on
 * sending from one port would never reach a pod that was published after it began, nor the successor of one that is gone.
 */
export interface Conntrack {
  /**
   * Forgets what comes to these UDP ports of this host, so that the next packet is looked at anew. Equivalent to:
   * `conntrack -D -p udp --orig-dst ADDRESS --orig-port-dst PORT`.
   */
  forget(ports: readonly PortMapping[], warn: (line: string) => void): void;
  /** The same for UDP ports of addresses that no interface has: those of Services. */
  forgetAt(places: readonly Place[], warn: (line: string) => void): void;
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

export function openConntrack(kernel: Kernel): Conntrack {
  return {
    forget(ports, warn) {
      const wanted = udpPorts(ports);
      if (wanted.size === 0) return;
      const local = localAddresses();
      forgetFlows(
        kernel,
        warn,
        ({ to, port }) => wanted.has(port) && (local.has(to) || to.startsWith('127.')),
      );
    },
    forgetAt(places, warn) {
      const wanted = new Set(places.map(({ address, port }) => `${address}:${port}`));
      if (wanted.size > 0) forgetFlows(kernel, warn, ({ to, port }) => wanted.has(`${to}:${port}`));
    },
  };
}

function forgetFlows(kernel: Kernel, warn: (line: string) => void, isWanted: (flow: Flow) => boolean): void {
  const socket = NetlinkSocket.open(kernel, 'NETLINK_NETFILTER');
  try {
    const flows = askFlows(socket, 'which clients already send to the UDP ports').filter(
      (flow) => flow.protocol === UDP && isWanted(flow),
    );
    if (flows.length > 0) deleteFlows(socket, flows, { equivalent: linesFor(flows), purpose: PURPOSE });
  } catch (error) {
    if (!(error instanceof SyscallError || error instanceof OperationError)) throw error;
    warn(
      `UDP clients that began before keep their way until it times out: this kernel lacks nf_conntrack_netlink (${error.message})`,
    );
  } finally {
    socket.close();
  }
}

function udpPorts(ports: readonly PortMapping[]): ReadonlySet<number> {
  return new Set(ports.flatMap(({ protocol, hostPort }) => (protocol === 'udp' ? [hostPort] : [])));
}

/** Of this thread's network namespace. proc_pid_net(5) */
function localAddresses(): ReadonlySet<string> {
  const trie = readMaybe('/proc/thread-self/net/fib_trie') ?? '';
  return new Set([...trie.matchAll(/-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address ?? ''));
}

const PURPOSE = 'the next packet of a client is looked at anew: the kernel goes on as the first one was';

function linesFor(flows: readonly Flow[]): string {
  const lines = flows.map(({ to, port }) => `conntrack -D -p udp --orig-dst ${to} --orig-port-dst ${port}`);
  return [...new Set(lines)].join('\n');
}

/** include/uapi/linux/in.h: IPPROTO_UDP */
const UDP = 17;
