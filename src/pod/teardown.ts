import { deleteOurLinks } from '../net/delete-links.ts';
import { mark } from '../net/names.ts';
import { withdrawPorts } from '../net/port.ts';
import { readRemains } from '../net/record.ts';
import { errorCode } from '../sys/errors.ts';
import { bootId } from '../sys/procfs.ts';
import { forgetPods } from './forget.ts';
import { askHolder, endHolder } from './holder.ts';
import type { Host } from './host.ts';
import { release } from './lease.ts';
import { removeLimits } from './limits.ts';
import { endOrphans } from './orphan.ts';
import { type LockedPod, writeStatus } from './store.ts';
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
  // The wish first: a `down` that is killed half-way is finished by whoever comes next.
  for (const pod of pods) {
    try {
      wish(host, pod);
    } catch (error) {
      failures.set(pod, error);
    }
  }
  const wished = pods.filter((pod) => !failures.has(pod));
  const here = wished.filter(({ intent }) => intent.bootId === bootId());
  course.begun();
  await undo(host, root, here, how, failures);
  course.undone();
  // An address that is still in use must not be given to the next pod.
  const gone = pods.filter((pod) => !failures.has(pod));
  if (gone.length === 0) return failures;
  const leaving = gone.map((pod) => ({
    intent: pod.intent,
    wiring: here.includes(pod) ? pod.status?.wiring : undefined,
  }));
  await release(host, root, leaving);
  await forgetPods(host, root, gone);
  return failures;
}

function wish(host: Host, pod: LockedPod): void {
  const { status } = pod;
  if (status && !status.ending) unlessFull(() => writeStatus(host, pod, { ...status, ending: true }));
}

/** Each step for all pods before the next: so thousand links go at once, and a hundred grace periods pass together. */
async function undo(
  host: Host,
  root: string,
  pods: readonly LockedPod[],
  how: How,
  failures: Map<LockedPod, unknown>,
): Promise<void> {
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
  for (const [table, some] of published(root, pods))
    await attempt(some, () => withdrawPorts(host, table, namesOf(some)));
  const wired = pods.filter(({ intent }) => intent.hostInterface);
  // Explicitly: with the namespace alone it would go 10 to 40 ms later, and the name would be taken until then.
  if (wired.length > 0) await attempt(wired, () => deleteOurLinks(host, wired.map(hostLink)));
  const held = pods.filter(({ intent }) => intent.holder);
  if (held.length > 1) for (const pod of held) askHolder(host, pod);
  for (const pod of held) await attempt([pod], () => endHolder(host, pod));
  // After the holder: what has left a workload's process group in a pid namespace that they share goes with it.
  for (const pod of pods)
    for (const workload of workloadNames(pod.files))
      await attempt([pod], () => removeLimits(host, { pod: pod.intent.name, workload }));
}

const filesOf = (pods: readonly LockedPod[]) => pods.map(({ files }) => files);
const namesOf = (pods: readonly LockedPod[]) => pods.map(({ intent }) => intent.name);

function hostLink({ intent: { name, hostInterface = '' } }: LockedPod) {
  return { name: hostInterface, alias: mark('pod', name) };
}

/** Those with published ports, by the nft table in which these are. */
function published(root: string, pods: readonly LockedPod[]): ReadonlyMap<string, LockedPod[]> {
  const byTable = new Map<string, LockedPod[]>();
  for (const pod of pods) {
    const { intent, status } = pod;
    if (intent.ports.length === 0) continue;
    const table = readRemains(root, intent.network, intent.bootId)?.table ?? status?.wiring?.table;
    if (table !== undefined) byTable.set(table, [...(byTable.get(table) ?? []), pod]);
  }
  return byTable;
}

/** What workloads write fills the disk on which their records are. A pod that nobody can end would fill it for ever. */
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
    // A damaged record says nothing, and is ended by who has it open.
    return false;
  }
}
