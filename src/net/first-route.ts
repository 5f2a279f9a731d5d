import type { NetHost } from './net-host.ts';

/** A route of ours: what it leads to, and the device. */
interface OurRoute {
  readonly destination: string;
  readonly name: string;
}

/**
 * Puts routes before the rules of this host, where it has any: a VPN whose rule sends everything to a table of its own would take
 * what is meant for pods. A route of the table `local` goes with its device, and to set it twice is fine.
 */
export async function setFirstRoutes(
  { net }: Pick<NetHost, 'net'>,
  routes: readonly OurRoute[],
): Promise<void> {
  if (routes.length === 0 || !(await net.hasPolicyRules())) return;
  await net.apply(routes.map((route) => ({ do: 'setFirstRoute', ...route })));
}
