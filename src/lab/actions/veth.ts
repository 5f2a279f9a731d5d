import { closeSync, openSync } from 'node:fs';
import { overlaps, parseSubnet, routeRange } from '../../net/address.ts';
import { deleteOurLink } from '../../net/delete-links.ts';
import type { Route } from '../../net/driver.ts';
import { bearsMark, groupOf, mark } from '../../net/names.ts';
import type { Operation } from '../../net/operations.ts';
import { OperationError } from '../../sys/errors.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';

/** Creates a veth pair from the host into a pod's network namespace, where its end is `eth0`. It has no addresses yet. */
export async function addVethPair(session: LabSession, role: string): Promise<void> {
  const host = await session.host();
  ends.set(session, freeEnds(await host.net.routes(), session.id));
  const name = hostEndOf(session);
  const owner = { instance: host.instance(session.root).id, uid: session.id, label: `lab/${session.id}` };
  const peer = { peer: 'eth0', peerMac: '02:00:00:00:02:02', peerNetnsOf: session.pid(role) };
  const link = { ...peer, mtu: 1500, group: groupOf(owner.instance) };
  await host.net.apply([
    { do: 'addVeth', name, ...link },
    { do: 'setAlias', name, alias: mark(owner) },
  ]);
  // Killed before the undo: the kernel deletes the pair with the pod's network namespace.
  session.addUndo(() => deleteOurLink(host, name, ({ alias }) => bearsMark(alias, owner)));
}

/** The name of the host end. */
export function hostEndOf(session: LabSession): string {
  return session.nameOf('cable');
}

/** The addresses of the two ends: of a /30 that overlaps no route of the host. */
export function addressesOf(session: LabSession): { readonly here: string; readonly there: string } {
  return ends.of(session);
}

/** Equivalent to: ip -batch, on the host or in the network namespace of a role. */
export async function applyIp(
  session: LabSession,
  operations: readonly Operation[],
  role?: string,
): Promise<void> {
  const host = await session.host();
  if (role === undefined) return host.net.apply(operations);
  const pid = session.pid(role);
  const fd = openSync(`/proc/${pid}/ns/net`, 'r');
  try {
    await host.net.apply(operations, { fd, pid });
  } finally {
    closeSync(fd);
  }
}

const ends = new SessionValue({ here: '', there: '' });

/**
 * Finds a free /30 in the networks for documentation (RFC 5737), which some VMs use nevertheless. Each session starts its
 * search elsewhere, so that two labs at once do not choose the same.
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
  throw new OperationError('routes of this machine overlap every network for documentation (RFC 5737)');
}
