import { ALL_KINDS, type Kind } from '../../ns/kinds.ts';
import { namespacesOf, sameNamespace } from '../../ns/namespace.ts';
import { inside } from '../inside.ts';

/** Whose the namespaces of a process are: X's, which it was told to join, this host's, or its own. */
export type Sharing = Readonly<Partial<Record<Kind, 'joined' | 'host' | 'own' | 'own, a copy'>>>;

/** By device and inode. A name of its own that says what X's says is a copy: whoever looks at the name alone is deceived. */
export async function sharingOf(pid: number, donor: number): Promise<Sharing> {
  const [its, donors, hosts] = [namespacesOf(pid), namespacesOf(donor), namespacesOf('self')];
  const sharing: { -readonly [K in keyof Sharing]: Sharing[K] } = {};
  for (const kind of ALL_KINDS) {
    if (sameNamespace(its[kind], hosts[kind])) sharing[kind] = 'host';
    else if (its[kind]) sharing[kind] = sameNamespace(its[kind], donors[kind]) ? 'joined' : 'own';
  }
  const copied = sharing.uts === 'own' && (await hostname(pid)) === (await hostname(donor));
  return copied ? { ...sharing, uts: 'own, a copy' } : sharing;
}

function hostname(pid: number): Promise<string> {
  return inside(pid, ['uts'], ['hostname']);
}
