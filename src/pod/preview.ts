import { existsSync } from 'node:fs';
import { networksDirectory } from '../net/record.ts';
import { tryLock } from '../sys/lock.ts';
import type { Doors } from './doors.ts';
import { busyNote, type Finding, judge, judgeStrays, judgeWorkloads } from './judge.ts';
import { staleLeases, unusedNetworks } from './lease.ts';
import { draftNames, lockPod, podNames, podsDirectory } from './store.ts';

/** What `nslab gc` would do, without doing it. Of what somebody is at work on nothing is said but that. */
export async function preview(doors: Doors, root: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const gone = new Set<string>();
  const pods = podNames(root);
  for (const name of pods) {
    const found = await previewPod(doors, root, name);
    findings.push(...found);
    if (found.some(({ what }) => what === `pod ${name}`)) gone.add(name);
  }
  for (const draft of ifFree(doors, podsDirectory(root), () => draftNames(root)))
    findings.push({ what: `draft ${draft}`, why: 'its maker was killed' });
  const rest = ifFree(doors, networksDirectory(root), () => {
    const unused = unusedNetworks(root).map(({ name }) => name);
    const last = unusedNetworks(root, gone).filter(({ name }) => !unused.includes(name));
    return [
      ...staleLeases(root, new Set(pods)).map((lease) => ({
        what: `lease ${lease}`,
        why: 'its pod is gone',
      })),
      ...unused.map((name) => ({ what: `network ${name}`, why: 'no pod uses it' })),
      ...last.map(({ name }) => ({ what: `network ${name}`, why: 'it goes with its last pod' })),
    ];
  });
  return [...findings, ...rest];
}

async function previewPod(doors: Doors, root: string, name: string): Promise<Finding[]> {
  const pod = await lockPod(doors, root, name, 0).catch((error: Error) => error);
  if (pod instanceof Error) return [{ what: `pod ${name}`, why: pod.message }];
  if (pod === 'busy') doors.warn(busyNote(name));
  if (pod === undefined || pod === 'busy') return [];
  try {
    const why = judge(doors, pod, 'explicit');
    if (why !== undefined) return [{ what: `pod ${name}`, why }];
    return [...judgeWorkloads(pod, 'explicit'), ...judgeStrays(pod)];
  } finally {
    pod.release();
  }
}

/** Looks at what stands in a directory of the state, unless somebody is making or removing something in it just now. */
function ifFree<T>({ kernel, files }: Doors, directory: string, look: () => T[]): T[] {
  if (!existsSync(directory)) return look();
  const fd = files.open(directory, 'directory');
  try {
    return tryLock(kernel, fd, 'exclusive') ? look() : [];
  } finally {
    files.close(fd);
  }
}
