import { enter } from '../ns/window.ts';
import type { Kernel } from '../sys/invoke.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { askLinks, askRoutes, toLink } from './netlink-answers.ts';

/** What another network namespace has already. */
export interface NetnsContent {
  readonly interfaces: readonly string[];
  readonly hasDefaultRoute: boolean;
  /** The alias of its loopback interface: the mark of a pod whose name is a mount. */
  readonly alias?: string | undefined;
}

/** Asks inside the network namespace behind `fd`, and changes nothing there. */
export function lookInside(kernel: Kernel, fd: number): NetnsContent {
  const socket = enter(kernel, { join: [['net', fd]] }, () => NetlinkSocket.open(kernel));
  try {
    const links = askLinks(
      socket,
      'ip link show',
      'which interfaces are in there, and the mark of their owner',
    ).map(toLink);
    const routes = askRoutes(socket, new Map(links.map(({ index, name }) => [index, name])));
    return {
      interfaces: links.map(({ name }) => name),
      alias: links.find(({ name }) => name === 'lo')?.alias,
      hasDefaultRoute: routes.some(({ to }) => to === 'default'),
    };
  } finally {
    socket.close();
  }
}
