import type { Pids, Role } from './compared-pod.ts';

/** Of one thing that each of the three has: whose it is. `joined` is the pause's, `as nginx` that of another joiner. */
export type Relation = 'own' | 'joined' | 'host' | 'none' | `as ${Role}`;

/**
 * Whose is what this one has? Equal identities (device and inode) are one thing, and nothing else is. The host's first:
 * a pause that has none of its own shares the host's, and so do those that join it.
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

/** The same thing of each of them. */
export function identitiesOf(pids: Pids, identify: (pid: number) => string | undefined): Identities {
  return Object.fromEntries(Object.entries(pids).map(([role, pid]) => [role, identify(pid)]));
}
