import { readMaybe } from '../../sys/procfs.ts';

/** What /proc/PID/status says under a name. proc_pid_status(5) */
export function field(pid: number | 'self', name: string): string {
  return (
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(readMaybe(`/proc/${pid}/status`) ?? '')?.[1]?.trim() ?? ''
  );
}
