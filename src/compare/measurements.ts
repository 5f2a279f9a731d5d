import { readMaybe, readStat } from '../sys/procfs.ts';
import { type ComparedPod, firstJoiner, joinerPid, type Role } from './compared-pod.ts';

/** A started pod, and how long each start took. */
export interface MeasuredPod {
  readonly compared: ComparedPod;
  /** In milliseconds: the whole command, or the whole call. */
  readonly times: Readonly<Partial<Record<Role, number>>>;
}

/** Numbers that differ from run to run: printed, not compared. */
export type Measurements = Readonly<Record<string, number>>;

/** Start times (ms), and the memory of pause and of a shim (kB, proportional set size). */
export function measure({ compared: { pids }, times }: MeasuredPod): Measurements {
  const started = Object.keys(pids).flatMap((role) => {
    const time = times[role];
    return time === undefined ? [] : [[`start ${role} (ms)`, Math.round(time)] as const];
  });
  return Object.fromEntries([
    ...started,
    ['memory of pause (kB)', pss(pids.pause)],
    // The parent of a container is its shim: ours or containerd's.
    [`memory of who minds ${firstJoiner({ pids })} (kB)`, pss(readStat(joinerPid({ pids }))?.parent ?? 0)],
  ]);
}

function pss(pid: number): number {
  return Number(/^Pss: +(\d+) kB/m.exec(readMaybe(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0);
}
