import type { KnownOwners } from '../observe/owner.ts';
import { podNames, readPod } from '../pod/store.ts';
import { subjects } from '../pod/view.ts';
import type { Owner } from '../spec/wiring.ts';
import { type GlobalOptions, printNotice, stateRoot } from './globals.ts';

/** The processes of our pods, by pid. Empty on a machine without pods. */
export function knownProcesses(globals: GlobalOptions, report = printNotice): KnownOwners {
  const owners = new Map<number, Owner>();
  for (const { pid, pod, name, role } of allSubjects(globals, report))
    owners.set(pid, { by: 'pod', name: pod, ...(role === 'workload' && { member: name }) });
  return owners;
}

/** A damaged record is reported and skipped: its pod has no name in the output, all others do. */
function allSubjects(globals: GlobalOptions, report: (line: string) => void) {
  const root = readOrReport(() => stateRoot(globals));
  const names = root === undefined ? [] : (readOrReport(() => podNames(root)) ?? []);
  return names.flatMap((name) => (root && readOrReport(() => subjects(readPod(root, name)))) || []);

  function readOrReport<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      report((error as Error).message);
      return undefined;
    }
  }
}
