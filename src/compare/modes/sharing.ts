import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { namespacesOf, sameNamespace } from '../../ns/namespace.ts';
import { runInside } from '../run-inside.ts';

/** The namespaces of a process: joined from X, this host's, or its own. */
export type Sharing = Readonly<Partial<Record<Kind, 'joined' | 'host' | 'own' | 'own, a copy'>>>;

/** Compares by device and inode. An own uts namespace with X's host name is a copy: equal names do not mean a shared one. */
export async function sharingOf(pid: number, donor: number): Promise<Sharing> {
  const [own, joined, host] = [namespacesOf(pid), namespacesOf(donor), namespacesOf('self')];
  const sharing: { -readonly [K in keyof Sharing]: Sharing[K] } = {};
  for (const kind of ALL_KINDS) {
    if (sameNamespace(own[kind], host[kind])) sharing[kind] = 'host';
    else if (own[kind]) sharing[kind] = sameNamespace(own[kind], joined[kind]) ? 'joined' : 'own';
  }
  const copied = sharing.uts === 'own' && (await hostname(pid)) === (await hostname(donor));
  return copied ? { ...sharing, uts: 'own, a copy' } : sharing;
}

function hostname(pid: number): Promise<string> {
  return runInside(pid, ['uts'], ['hostname']);
}
