import { existsSync } from 'node:fs';
import { networksDirectory } from '../net/record.ts';
import { tryLock } from '../sys/lock.ts';
import type { Garbage } from './classify.ts';
import { visitPods } from './gc.ts';
import type { Host } from './host.ts';
import { unusedNetworks } from './lease.ts';
import { staleLeases } from './mend-leases.ts';
import { draftNames, podNames, podsDirectory } from './store.ts';
import { findUnrecorded } from './unrecorded.ts';

/** Lists what `nslab gc` would remove, without removing it. A pod or directory that another verb has locked is left out. */
export async function previewGc(host: Host, root: string): Promise<Garbage[]> {
  const found: Garbage[] = [];
  await visitPods(
    host,
    root,
    'full',
    podNames(root),
    async ({ what, why }) => void found.push({ what, why }),
  );
  const gone = new Set(podNames(root).filter((name) => found.some(({ what }) => what === `pod ${name}`)));
  for (const draft of ifFree(host, podsDirectory(root), () => draftNames(root)))
    found.push({ what: `draft ${draft}`, why: 'its maker was killed' });
  const rest = ifFree(host, networksDirectory(root), () => {
    const unused = unusedNetworks(host, root).map(({ name }) => name);
    const last = unusedNetworks(host, root, gone).filter(({ name }) => !unused.includes(name));
    return [
      ...staleLeases(root, new Set(podNames(root))).map((lease) => ({
        what: `lease ${lease}`,
        why: 'its pod is gone',
      })),
      ...unused.map((name) => ({ what: `network ${name}`, why: 'no pod uses it' })),
      ...last.map(({ name }) => ({ what: `network ${name}`, why: 'it goes with its last pod' })),
    ];
  });
  const unrecorded = (await findUnrecorded(host, root)).map(({ what, why }) => ({ what, why }));
  return [...found, ...unrecorded, ...rest];
}

/** Reads a directory of the state, unless another verb is adding or removing an entry. */
function ifFree<T>({ kernel, files }: Host, directory: string, read: () => T[]): T[] {
  if (!existsSync(directory)) return read();
  const fd = files.open(directory, 'directory');
  try {
    return tryLock(kernel, fd, 'exclusive') ? read() : [];
  } finally {
    files.close(fd);
  }
}
