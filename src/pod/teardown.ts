import { deleteOurLinks, type OurLink } from '../net/delete-links.ts';
import { bearsMark } from '../net/names.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames } from '../net/record.ts';
import { errorCode } from '../sys/errors.ts';
import { type Instance, sharesNetwork, sharesProcesses } from '../sys/instance.ts';
import { isRunning, ourselves } from '../sys/procfs.ts';
import { askHolder, endHolder } from './end-holder.ts';
import { endPrograms } from './end-programs.ts';
import { forgetPods } from './forget.ts';
import type { Host } from './host.ts';
import { release } from './lease.ts';
import { removeLimits } from './limits.ts';
import type { LockedPod } from './lock-pod.ts';
import { endOrphans, mayHaveOrphans } from './orphan.ts';
import { ownerOf } from './record.ts';
import { type PodRecord, writeStatus } from './store.ts';
import { hostLink } from './wire.ts';
import { workloadNames } from './workload-record.ts';

/** Takes down one pod at once, and keeps its transcript of that until it is forgotten. Throws what has failed. */
export async function tearDown(host: Host, root: string, pod: LockedPod): Promise<void> {
  let closeTranscript = () => {};
  const failures = await tearDownAll(host, root, [pod], {
    begun: () => {
      closeTranscript = host.keepTranscript(pod.files.transcript);
    },
    undone: () => closeTranscript(),
  });
  for (const failure of failures.values()) throw failure;
}

/** Told where a teardown is: what it does to kernel objects lies between the two. */
interface Course {
  begun(): void;
  undone(): void;
}

/** What has failed, by pod. Its record is still there for the next try. */
export type Failures = ReadonlyMap<LockedPod, unknown>;

/**
 * Undoes everything that the intents of pods name, in the reverse order of its making, and forgets the pods. One way for
 * all: `down`, the rollback of a failed `up`, and gc after a kill. Each step is right also when there is nothing left to
 * do for it; one that fails stops neither the others nor the other pods.
 */
export async function tearDownAll(
  host: Host,
  root: string,
  pods: readonly LockedPod[],
  course: Course = { begun: () => {}, undone: () => {} },
): Promise<Failures> {
  host.transcript.step = 'stop';
  const failures = new Map<LockedPod, unknown>();
  // First of all: if this `down` is killed half-way, gc finishes it.
  for (const pod of pods) {
    try {
      await markTerminating(host, pod);
    } catch (error) {
      failures.set(pod, error);
    }
  }
  const marked = pods.filter((pod) => !failures.has(pod));
  const current = host.instance(root);
  course.begun();
  await undo(host, marked, current, failures);
  course.undone();
  // An address that is still in use must not be given to the next pod.
  const gone = pods.filter((pod) => !failures.has(pod));
  if (gone.length === 0) return failures;
  const leaving = gone.map((pod) => ({
    intent: pod.intent,
    wiring: sharesNetwork(pod.intent.instance, current) ? pod.status?.wiring : undefined,
  }));
  await release(host, root, leaving);
  await forgetPods(host, root, gone);
  return failures;
}

/** From now on nothing is started in the pod, and if we are killed gc finishes what we have begun. */
export async function markTerminating(host: Host, pod: PodRecord): Promise<PodRecord> {
  const { status } = pod;
  if (!status || (status.terminating && isRunning(status.terminating))) return pod;
  const ending = { ...status, terminating: ourselves() };
  await unlessFull(async () => writeStatus(host, pod, ending));
  return { ...pod, status: ending };
}

/** Each step for all pods before the next: so thousand links go at once, and a hundred grace periods pass together. */
async function undo(
  host: Host,
  marked: readonly LockedPod[],
  current: Instance,
  failures: Map<LockedPod, unknown>,
): Promise<void> {
  // In a pid namespace that is gone nothing runs any more, and here its pids are those of other processes.
  const pods = marked.filter(({ intent }) => sharesProcesses(intent.instance, current));
  const attempt = async (concerned: readonly LockedPod[], action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      for (const pod of concerned) if (!failures.has(pod)) failures.set(pod, error);
    }
    host.transcript.step = 'undo';
  };
  await Promise.all(pods.map((pod) => attempt([pod], () => endPrograms(host, pod, 'at once'))));
  const suspects = pods.filter(({ files }) => mayHaveOrphans(files));
  if (suspects.length > 0)
    await attempt(suspects, async () => void (await endOrphans(host, filesOf(suspects))));
  // What the pods had in a network namespace that is gone went with it.
  const here = marked.filter(({ intent }) => sharesNetwork(intent.instance, current));
  // Without a network there was none to publish in: the rollback of a machine that has no descriptor left must not ask `nft`.
  const published = here.filter(
    ({ intent, status, files }) =>
      intent.ports.length > 0 &&
      (status?.wiring[0] || networkNames(files.root).includes(intent.interfaces[0]?.network ?? '')),
  );
  const owners = published.map(({ intent }) => ownerOf(intent));
  if (published.length > 0)
    await attempt(published, async () => {
      await withdrawPorts(host, (comment) => owners.some((owner) => bearsMark(comment, owner)));
      host.conntrack.forget(
        published.flatMap(({ intent }) => intent.ports),
        host.warn,
      );
    });
  const wired = here.filter(({ intent }) => intent.interfaces.length > 0);
  // Explicitly: with the namespace alone it would go 10 to 40 ms later, and the name would be taken until then.
  if (wired.length > 0) await attempt(wired, () => deleteOurLinks(host, wired.flatMap(linksOf)));
  const held = pods.filter(({ intent }) => intent.holder);
  if (held.length > 1) for (const pod of held) askHolder(host, pod);
  for (const pod of held) await attempt([pod], () => endHolder(host, pod));
  // After the holder: in a shared pid namespace, processes that left a workload's process group end with it.
  for (const pod of pods)
    for (const workload of workloadNames(pod.files))
      await attempt([pod], () => removeLimits(host, { pod: pod.files, workload }));
}

const filesOf = (pods: readonly LockedPod[]) => pods.map(({ files }) => files);

function linksOf({ intent }: LockedPod): OurLink[] {
  return intent.interfaces.map(({ hostInterface }) => hostLink(hostInterface, ownerOf(intent)));
}

/** A full disk must not prevent `down`: the pod's own workloads may have filled it. Undefined where it is full. */
export async function unlessFull<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error;
    return undefined;
  }
}
