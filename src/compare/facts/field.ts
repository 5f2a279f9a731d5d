import { readMaybe } from '../../sys/procfs.ts';

/** One field of /proc/PID/status: proc_pid_status(5). Empty when it is missing. */
export function field(pid: number | 'self', name: string): string {
  return (
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(readMaybe(`/proc/${pid}/status`) ?? '')?.[1]?.trim() ?? ''
  );
}
