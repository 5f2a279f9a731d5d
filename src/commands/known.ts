import type { KnownOwners } from '../observe/owner.ts';
import { podNames, readPod } from '../pod/store.ts';
import { subjects } from '../pod/view.ts';
import type { Owner } from '../spec/wiring.ts';
import { type GlobalOptions, say, stateRoot } from './globals.ts';

/** The processes of our pods, by pid. None is fine: the machine may never have seen nslab. */
export function knownProcesses(globals: GlobalOptions): KnownOwners {
  const known = new Map<number, Owner>();
  for (const { pid, pod, name, role } of everySubject(globals))
    known.set(pid, { by: 'pod', name: pod, ...(role === 'workload' && { member: name }) });
  return known;
}

/** A record that cannot be read costs its pod's name, and nothing else: what is there is seen all the same. */
function everySubject(globals: GlobalOptions) {
  const root = readable(() => stateRoot(globals));
  const names = root === undefined ? [] : (readable(() => podNames(root)) ?? []);
  return names.flatMap((name) => (root && readable(() => subjects(readPod(root, name)))) || []);
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    say((error as Error).message);
    return undefined;
  }
}
