import { readMaybe, readStat } from '../sys/procfs.ts';

/** A process's command as it was given; a kernel thread has none, and is shown as ps(1) does. */
export function commandOf(pid: number): string {
  const argv = argumentsOf(pid);
  return argv.length > 0 ? argv.join(' ') : `[${readStat(pid)?.comm ?? '?'}]`;
}

/** The words of a process's command line, which it may have rewritten. proc_pid_cmdline(5) */
export function argumentsOf(pid: number): string[] {
  return (readMaybe(`/proc/${pid}/cmdline`) ?? '').split('\0').filter((word) => word !== '');
}
