import { closeSync, openSync } from 'node:fs';
import { overlaps, parseSubnet, routeRange } from '../../net/address.ts';
import { deleteOurLink } from '../../net/delete-links.ts';
import type { Route } from '../../net/driver.ts';
import { bearsMark, groupOf, mark } from '../../net/names.ts';
import type { Operation } from '../../net/operations.ts';
import { OperationError } from '../../sys/errors.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** A cable from this host into the network of a pod; its far end is `eth0` there. Its addresses are still to be set. */
export async function plugCable(session: LabSession, role: string): Promise<void> {
  const host = await session.host();
  ends.set(session, freeEnds(await host.net.routes(), session.id));
  const name = cableOf(session);
  const owner = { instance: host.instance(session.root).id, uid: session.id, label: `lab/${session.id}` };
  const peer = { peer: 'eth0', peerMac: '02:00:00:00:02:02', peerNetnsOf: session.pid(role) };
  const link = { ...peer, mtu: 1500, group: groupOf(owner.instance) };
  await host.net.apply([
    { do: 'addVeth', name, ...link },
    { do: 'setAlias', name, alias: mark(owner) },
  ]);
  // Should we be killed, it goes with the pod: the kernel deletes both ends with the namespace of either.
  session.later(() => deleteOurLink(host, name, ({ alias }) => bearsMark(alias, owner)));
}

/** What the end on this host is called. */
export function cableOf(session: LabSession): string {
  return session.nameOf('cable');
}

/** The addresses for the two ends, on this host and in the pod: of a /30 that no route of this machine overlaps. */
export function endsOf(session: LabSession): { readonly here: string; readonly there: string } {
  return ends.of(session);
}

/** `ip -batch`, on this host or in the network of a process. */
export async function ip(session: LabSession, operations: readonly Operation[], who?: string): Promise<void> {
  const host = await session.host();
  if (who === undefined) return host.net.apply(operations);
  const pid = session.pid(who);
  const fd = openSync(`/proc/${pid}/ns/net`, 'r');
  try {
    await host.net.apply(operations, { fd, pid });
  } finally {
    closeSync(fd);
  }
}

const ends = new SessionValue({ here: '', there: '' });

/**
 * From the networks for documentation (RFC 5737); in many a VM one of them is in use all the same. Where the search
 * begins is this session's own, so that two labs at once do not find the same.
 */
function freeEnds(found: readonly Route[], id: string): { here: string; there: string } {
  const taken = found.flatMap(({ to }) => routeRange(to) ?? []);
  const first = Number.parseInt(id, 16) % 64;
  for (const net of ['203.0.113', '198.51.100', '192.0.2'])
    for (let n = 0; n < 64; n++) {
      const base = 4 * ((first + n) % 64);
      const subnet = parseSubnet(`${net}.${base}/30`);
      if (!taken.some((range) => overlaps(range, subnet)))
        return { here: `${net}.${base + 1}`, there: `${net}.${base + 2}` };
    }
  throw new OperationError('this machine uses all networks for documentation (RFC 5737)');
}
