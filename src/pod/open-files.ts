import { readMaybe } from '../sys/procfs.ts';

/**
 * Node raises its soft limit of open files to the hard one, and a program would inherit that. What it was before is that of
 * the process that started nslab, if the hard limits are equal; else the kernel's default is taken. getrlimit(2)
 */
export function openFilesLimit(): string[] {
  inherited ??= softLimit();
  return inherited;
}

/** Neither limit changes while this process runs, and many pods may be made. */
let inherited: string[] | undefined;

function softLimit(): string[] {
  const [ours, parents] = [openFiles('self'), openFiles(process.ppid)];
  // include/uapi/linux/fs.h: INR_OPEN_CUR
  const soft = ours?.hard === parents?.hard ? parents?.soft : '1024';
  return soft === undefined || !(Number(soft) > 0) ? [] : ['--open-files', soft];
}

function openFiles(pid: number | 'self'): { readonly soft: string; readonly hard: string } | undefined {
  const limits = readMaybe(`/proc/${pid}/limits`) ?? '';
  const [, soft, hard] = /^Max open files +(\S+) +(\S+)/m.exec(limits) ?? [];
  return soft === undefined || hard === undefined ? undefined : { soft, hard };
}
