import { deleteOurLinks, type OurLink } from '../net/delete-links.ts';
import { bearsMark } from '../net/names.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames } from '../net/record.ts';
import { errorCode } from '../sys/errors.ts';
import { type Instance, sharesNetwork, sharesProcesses } from '../sys/instance.ts';
import { forgetPods } from './forget.ts';
import { askHolder, endHolder } from './holder.ts';
import type { Host } from './host.ts';
import { release } from './lease.ts';
import { removeLimits } from './limits.ts';
import { endOrphans } from './orphan.ts';
import { ownerOf } from './record.ts';
import { type LockedPod, writeStatus } from './store.ts';
import { hostLink } from './wire.ts';
import { endWorkload } from './workload.ts';
import { readWorkload, workloadNames } from './workload-record.ts';

/** `gently`: workloads get TERM and their grace period. `at once`: KILL. */
export type How = 'gently' | 'at once';

/** Takes down one pod, and keeps its transcript of that until it is forgotten. Throws what has failed. */
export async function tearDown(host: Host, root: string, pod: LockedPod, how: How): Promise<void> {
  let closeTranscript = () => {};
  const failures = await tearDownAll(host, root, [pod], how, {
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
  how: How,
  course: Course = { begun: () => {}, undone: () => {} },
): Promise<Failures> {
  host.transcript.step = 'stop';
  const failures = new Map<LockedPod, unknown>();
  // First of all: if this `down` is killed half-way, gc finishes it.
  for (const pod of pods) {
    try {
      markTerminating(host, pod);
    } catch (error) {
      failures.set(pod, error);
    }
  }
  const marked = pods.filter((pod) => !failures.has(pod));
  const current = host.instance(root);
  course.begun();
  await undo(host, marked, current, how, failures);
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

function markTerminating(host: Host, pod: LockedPod): void {
  const { status } = pod;
  if (status && !status.terminating)
    unlessFull(() => writeStatus(host, pod, { ...status, terminating: true }));
}

/** Each step for all pods before the next: so thousand links go at once, and a hundred grace periods pass together. */
async function undo(
  host: Host,
  marked: readonly LockedPod[],
  current: Instance,
  how: How,
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
  await Promise.all(pods.map((pod) => attempt([pod], () => endWorkloads(host, pod, how))));
  await attempt(pods, async () => void (await endOrphans(host, filesOf(pods))));
  // What the pods had in a network namespace that is gone went with it.
  const here = marked.filter(({ intent }) => sharesNetwork(intent.instance, current));
  // Without a network there was none to publish in: the rollback of a machine that has no descriptor left must not ask `nft`.
  const published = here.filter(
    ({ intent, status, files }) =>
      intent.ports.length > 0 && (status?.wiring || networkNames(files.root).includes(intent.network)),
  );
  const owners = published.map(({ intent }) => ownerOf(intent));
  if (published.length > 0)
    await attempt(published, () =>
      withdrawPorts(host, (comment) => owners.some((owner) => bearsMark(comment, owner))),
    );
  const wired = here.filter(({ intent }) => intent.hostInterface);
  // Explicitly: with the namespace alone it would go 10 to 40 ms later, and the name would be taken until then.
  if (wired.length > 0) await attempt(wired, () => deleteOurLinks(host, wired.map(linkOf)));
  const held = pods.filter(({ intent }) => intent.holder);
  if (held.length > 1) for (const pod of held) askHolder(host, pod);
  for (const pod of held) await attempt([pod], () => endHolder(host, pod));
  // After the holder: in a shared pid namespace, processes that left a workload's process group end with it.
  for (const pod of pods)
    for (const workload of workloadNames(pod.files))
      await attempt([pod], () => removeLimits(host, { pod: pod.files, workload }));
}

const filesOf = (pods: readonly LockedPod[]) => pods.map(({ files }) => files);

function linkOf({ intent }: LockedPod): OurLink {
  return hostLink(intent.hostInterface ?? '', ownerOf(intent));
}

/** A full disk must not prevent `down`: the pod's own workloads may have filled it. */
function unlessFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** All at the same time: ten workloads take as long as the slowest. Sidecars serve the others, and so end after them. */
async function endWorkloads(host: Host, pod: LockedPod, how: How): Promise<void> {
  const names = workloadNames(pod.files);
  const sidecars = how === 'gently' ? names.filter((name) => isSidecar(pod, name)) : [];
  const end = (name: string) => endWorkload(host, pod.files, name, how);
  await Promise.all(names.filter((name) => !sidecars.includes(name)).map(end));
  await Promise.all(sidecars.map(end));
}

function isSidecar({ files }: LockedPod, name: string): boolean {
  try {
    return readWorkload(files, name)?.spec.phase === 'sidecar';
  } catch {
    // A workload with a damaged record is ended by its open descriptor.
    return false;
  }
}
