import { sharesProcesses } from '../sys/instance.ts';
import { endPrograms } from './end-programs.ts';
import type { Host } from './host.ts';
import { type LockedPod, lockPod } from './lock-pod.ts';
import { removeDamaged } from './remove-damaged.ts';
import { DamagedRecord, type PodRecord } from './store.ts';
import { markTerminating, tearDown, tearDownAll, unlessFull } from './teardown.ts';
import { beginWork } from './unfinished.ts';
import type { How } from './workload.ts';

/** Each holds a lock that the tools inherit, and select(2), which nft uses, knows no descriptor from 1024 on. */
const AT_ONCE = 500;

/** How, and what is to be known of its course. */
export interface Course {
  readonly how?: How;
  /** It is written down that these pods end, and their programs still run: who leads packets to them stops. */
  readonly ending?: () => Promise<void>;
  /** Asked of each pod under its lock: one of which it is not so stays as it is. */
  readonly only?: (pod: PodRecord) => boolean;
  /** Called with each that is gone. */
  readonly gone?: (name: string) => void;
}

/**
 * Takes pods down by name, in three steps: under their locks it is written down that they end; without a lock their programs
 * end, however long their grace periods are; under their locks again everything else goes. Says of each when it is gone: one that is not there is down already, and of a record that
 * cannot be read what is found is removed. One that fails keeps no other from going; the first failure is thrown at the
 * end. They are locked in the order of their names: two that want the same ones do not wait for each other.
 */
export async function takeDown(
  host: Host,
  root: string,
  names: readonly string[],
  { gone = () => {}, ending = async () => {}, only = () => true, how = {} }: Course = {},
): Promise<void> {
  const failures = new Map<string, unknown>();
  const sorted = [...new Set(names)].sort();
  const finish = sorted.length > 0 ? await unlessFull(() => beginWork(host, root)) : undefined;
  for (let begun = 0; begun < sorted.length; begun += AT_ONCE)
    await takeSome(host, root, sorted.slice(begun, begun + AT_ONCE), { how, ending, only }, failures);
  if (sorted.length > 0) await host.guard?.gone(root);
  if (failures.size === 0) await finish?.();
  for (const name of names) if (!failures.has(name)) gone(name);
  for (const failure of failures.values()) throw failure;
}

async function takeSome(
  host: Host,
  root: string,
  names: readonly string[],
  { how, ending: told, only }: Required<Omit<Course, 'gone'>>,
  failures: Map<string, unknown>,
): Promise<void> {
  const attempt: Attempt = async (name, action) => {
    try {
      return await action();
    } catch (error) {
      failures.set(name, error);
      return undefined;
    }
  };
  const spared = new Set<string>();
  const isWanted = (pod: PodRecord) => only(pod) || !spared.add(pod.intent.name);
  // At once is a rollback: what it takes down was never whole.
  const ending = how === 'at once' ? [] : await beginEnd(host, root, names, isWanted, attempt);
  await told();
  const current = host.instance(root);
  // In a pid namespace that is gone nothing runs any more, and here its pids are those of other processes.
  const here = ending.filter(({ intent }) => sharesProcesses(intent.instance, current));
  await endProgramsOf(host, here, how, attempt);
  const locked: LockedPod[] = [];
  try {
    for (const name of names.filter((name) => !failures.has(name) && !spared.has(name)))
      await attempt(name, async () => {
        const pod = await lockOrRemove(host, root, name);
        if (pod && isSame(pod, ending)) locked.push(pod);
        else pod?.release();
      });
    const [only] = locked;
    if (only && locked.length === 1) await attempt(only.intent.name, () => tearDown(host, root, only));
    else
      for (const [{ intent }, error] of await tearDownAll(host, root, locked))
        failures.set(intent.name, error);
  } finally {
    for (const pod of locked) pod.release();
  }
}

/** Runs what is done for one pod, and notes its failure. */
type Attempt = <T>(name: string, action: () => Promise<T>) => Promise<T | undefined>;

/** Writes down that these pods end: from now on nothing is started in them any more. */
async function beginEnd(
  host: Host,
  root: string,
  names: readonly string[],
  isWanted: (pod: PodRecord) => boolean,
  attempt: Attempt,
): Promise<PodRecord[]> {
  const ending: PodRecord[] = [];
  for (const name of names)
    await attempt(name, async () => {
      const pod = await lockOrRemove(host, root, name);
      if (!pod) return;
      try {
        if (isWanted(pod)) ending.push(await markTerminating(host, pod));
      } finally {
        pod.release();
      }
    });
  return ending;
}

async function endProgramsOf(
  host: Host,
  pods: readonly PodRecord[],
  how: How,
  attempt: Attempt,
): Promise<void> {
  host.transcript.step = 'stop';
  const [only] = pods;
  const closeTranscript = only && pods.length === 1 ? host.keepTranscript(only.files.transcript) : () => {};
  await Promise.all(pods.map((pod) => attempt(pod.intent.name, () => endPrograms(host, pod, how))));
  closeTranscript();
}

/** Meanwhile another `down` may have finished, and another pod have the name. */
function isSame({ intent }: PodRecord, ending: readonly PodRecord[]): boolean {
  const known = ending.find((pod) => pod.intent.name === intent.name);
  return known === undefined || known.intent.uid === intent.uid;
}

async function lockOrRemove(host: Host, root: string, name: string): Promise<LockedPod | undefined> {
  try {
    const pod = await lockPod(host, root, name);
    return pod === 'busy' ? undefined : pod;
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    await removeDamaged(host, root, name);
    return undefined;
  }
}
