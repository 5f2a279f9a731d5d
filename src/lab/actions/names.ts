import type { Breakage } from '../faults.ts';
import type { LabSession } from '../lab-session.ts';

/** A name outside of the cluster: the documentation's (RFC 2606). */
export const OUTSIDE = 'example.org';
/** An address of the documentation's (RFC 5737). */
const ITS_ADDRESS = '192.0.2.80';

export interface AskerOptions {
  /** The role of its network, or those of several. */
  readonly network: string | readonly string[];
  /** From how many dots on a name is asked as it is. */
  readonly ndots?: number;
}

/**
 * A DNS server that writes down each query: it passes names of the cluster on to the one of Services, and knows one name outside.
 * No cache: what was asked is asked again.
 */
export async function startQueryLog(session: LabSession, network: string, server: string): Promise<void> {
  await session.pod('dns', { network });
  await session.run('dns', 'dnsmasq', [
    ...[
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-hosts',
      '--no-resolv',
      '--cache-size=0',
    ],
    ...['--log-queries', '--log-facility=-', '--user=root', '--group=root', '--pid-file='],
    ...[`--server=/cluster.local/${server}`, `--host-record=${OUTSIDE},${ITS_ADDRESS}`],
  ]);
  await session.shell([
    session.inNetwork('dns', `sh -c 'until ss -Hlun | grep -q :53; do sleep 0.02; done'`),
  ]);
}

/** A pod that asks it, by the search list of a Kubernetes pod. */
export async function startAsker(session: LabSession, options: AskerOptions): Promise<void> {
  const { network, ndots = 5 } = options;
  await session.pod('client', {
    network,
    resolver: {
      base: 'none',
      nameservers: [session.podOf('dns').address ?? ''],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      // A server that is gone is given up after a second, and not after ten.
      options: [`ndots:${ndots}`, 'timeout:1', 'attempts:1'],
    },
  });
  await session.run('client', 'shell', ['sleep', '1000']);
}

/** The resolver's file of the pod says something else, in place: a program reads it at its start. */
export function editedResolver(session: LabSession, right: string, wrong: string): Breakage {
  const enter = `nsenter --target ${session.pid('client/shell')} --mount`;
  const edit = (from: string, to: string) =>
    `${enter} sh -c 'text=$(sed "s/${from}/${to}/" /etc/resolv.conf); echo "$text" > /etc/resolv.conf'`;
  return { breaks: [edit(right, wrong)], cures: [edit(wrong, right)] };
}
