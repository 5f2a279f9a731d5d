import type { Pids, Role } from './compared-pod.ts';

/** How a process has a thing: its own, `joined` from pause, `as nginx` (shared with a joiner), the host's, or not at all. */
export type Relation = 'own' | 'joined' | 'host' | 'none' | `as ${Role}`;

/**
 * Compares identities by (device, inode): equal means shared. The host's comes first: a pause without its own shares the
 * host's, and so do its joiners.
 */
export function relation(role: Role, identities: Identities, host: string | undefined): Relation {
  const identity = identities[role];
  if (identity === undefined) return 'none';
  if (identity === host) return 'host';
  const first = Object.keys(identities).find((other) => identities[other] === identity);
  if (first === undefined || first === role) return 'own';
  return first === 'pause' ? 'joined' : `as ${first}`;
}

export type Identities = Readonly<Record<Role, string | undefined>>;

/** The identity of one thing, by role. */
export function identitiesOf(pids: Pids, identify: (pid: number) => string | undefined): Identities {
  return Object.fromEntries(Object.entries(pids).map(([role, pid]) => [role, identify(pid)]));
}
