import { readMaybe, readStat } from '../sys/procfs.ts';
import { type ComparedPod, firstJoiner, joinerOf, type Role } from './compared-pod.ts';

/** The three as they were started, and how long that took. */
export interface Measured {
  readonly trio: ComparedPod;
  /** In milliseconds: the command, or the call, as a whole. */
  readonly times: Readonly<Partial<Record<Role, number>>>;
}

/** Numbers that no two runs agree on: they are told, and not judged. */
export type Measurements = Readonly<Record<string, number>>;

/** How long each took to start (ms), and what keeps it alive in memory (kB: proportional set size). */
export function measure({ trio: { pids }, times }: Measured): Measurements {
  const started = Object.keys(pids).flatMap((role) => {
    const time = times[role];
    return time === undefined ? [] : [[`start ${role} (ms)`, Math.round(time)] as const];
  });
  return Object.fromEntries([
    ...started,
    ['memory of pause (kB)', pss(pids.pause)],
    // A shim of ours, or one of containerd: each container has one.
    [`memory of who minds ${firstJoiner({ pids })} (kB)`, pss(readStat(joinerOf({ pids }))?.parent ?? 0)],
  ]);
}

function pss(pid: number): number {
  return Number(/^Pss: +(\d+) kB/m.exec(readMaybe(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0);
}
