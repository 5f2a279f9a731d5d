import { Interrupted } from '../sys/interrupts.ts';
import { endExecs } from './exec-records.ts';
import type { Host } from './host.ts';
import type { PodRecord } from './store.ts';
import { endSupervisor } from './supervisor.ts';
import { endWorkload, type How } from './workload.ts';
import { readWorkload, workloadNames } from './workload-record.ts';

/**
 * Ends what runs in a pod. First the supervisor: nothing more starts. Then the workloads, all at the same time: ten take as long
 * as the slowest. Sidecars serve the others, so they end after them, and in the reverse order of their start, as with the
 * kubelet. The commands of `exec` have no grace period.
 */
export async function endPrograms(patient: Host, pod: PodRecord, how: How): Promise<void> {
  const { files } = pod;
  await endSupervisor(patient, pod);
  const host = how !== 'at once' && how.leaves ? untilInterrupted(patient) : patient;
  const names = workloadNames(files);
  const sidecars = how === 'at once' ? [] : sidecarsOf(pod, names);
  const end = (name: string) => endWorkload(host, files, name, how);
  await Promise.all(names.filter((name) => !sidecars.includes(name)).map(end));
  for (const name of sidecars) await end(name);
  await endExecs(host, files);
}

/** Its waits end with a signal to this verb: what was asked to end goes on ending without it. */
function untilInterrupted(host: Host): Host {
  const isSo = (condition: () => boolean) => {
    const { raised } = host.interrupts;
    if (condition()) return true;
    if (raised !== undefined) throw new Interrupted(raised, STILL_ENDING);
    return false;
  };
  return { ...host, until: (condition, patience) => host.until(() => isSo(condition), patience) };
}

const STILL_ENDING =
  'what still runs was asked to end and goes on ending, and the next `nslab down` or `nslab gc` finishes that';

/** The last to start first. */
function sidecarsOf({ files }: PodRecord, names: readonly string[]): string[] {
  const sidecars = names.flatMap((name) => {
    try {
      const record = readWorkload(files, name);
      return record?.spec.phase === 'sidecar' ? [{ name, order: record.spec.order ?? 0 }] : [];
    } catch {
      // A workload with a damaged record is ended by its open descriptor.
      return [];
    }
  });
  return sidecars.sort((a, b) => b.order - a.order).map(({ name }) => name);
}
