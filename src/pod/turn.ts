import { closeSync, constants, lstatSync, openSync } from 'node:fs';
import { mkfifo } from '../sys/syscalls.ts';
import type { Host } from './host.ts';
import type { LockedPod } from './lock-pod.ts';
import { type PodFiles, podNames, readMaybePod } from './store.ts';
import { hasShims } from './workload-record.ts';

/** The place of a pod among those of its Job. They are served in the order in which they were made. */
export interface Turn {
  /** For the pod's shims: its fifo is open as long as one of them lives, however it ends. */
  readonly own: number;
  /** The fifos of the pods that were made before and have not ended. */
  readonly ahead: readonly number[];
  readonly together: number;
  close(): void;
}

/** Takes a place. No file is locked and nothing counts: a pod begins when few enough of those ahead of it are left. */
export function takeTurn(
  host: Host,
  root: string,
  { files }: LockedPod,
  job: string,
  together: number,
): Turn {
  mkfifo(host.kernel, files.turn, 'open as long as the pod runs: other pods of its Job wait for its end');
  const own = host.files.open(files.turn, 'fifo');
  const ahead: number[] = [];
  const close = () => {
    for (const fd of [own, ...ahead]) closeSync(fd);
  };
  try {
    for (const name of podNames(root)) {
      const other = name === files.name ? undefined : readMaybePod(root, name);
      const fd = other?.intent.job === job ? openOther(other.files) : undefined;
      if (fd !== undefined) ahead.push(fd);
    }
    return { own, ahead, together, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Undefined when it has ended. Looked at after its fifo is open: what ends between the two is noticed by that. */
function openOther(pod: PodFiles): number | undefined {
  if (!lstatSync(pod.turn, { throwIfNoEntry: false })?.isFIFO()) return undefined;
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const fd = openSync(pod.turn, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (hasShims(pod)) return fd;
  closeSync(fd);
  return undefined;
}
