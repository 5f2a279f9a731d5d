import { readMaybe, readStat } from '../sys/procfs.ts';

/** A process's command line; for a kernel thread, which has none, `[comm]` as ps(1) shows it. */
export function commandOf(pid: number): string {
  const argv = argumentsOf(pid);
  return argv.length > 0 ? argv.join(' ') : `[${readStat(pid)?.comm ?? '?'}]`;
}

/** The arguments of a process. The process can have overwritten them. proc_pid_cmdline(5) */
export function argumentsOf(pid: number): string[] {
  return (readMaybe(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((word) => word !== '');
}
