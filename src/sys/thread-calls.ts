/**
 * The two calls that move this very thread into other namespaces. Only `ns/window.ts` may import this file (the
 * linter sees to it): everywhere else a thread that has moved and is not brought home corrupts what follows.
 */
import { symbolic } from './constants.ts';
import { invoke, type Kernel, type Syscall } from './invoke.ts';

/** unshare(2): new namespaces of these kinds for the calling thread (for its children, with CLONE_NEWPID). */
export function unshare(
  kernel: Kernel,
  flags: number,
  described: Pick<Syscall, 'purpose' | 'equivalent' | 'evidence'>,
): void {
  invoke(kernel, { name: 'unshare', raw: [flags], args: symbolic(flags, 'clone'), ...described });
}

/** setns(2): the calling thread joins the namespace behind `fd`, which must be of the kind `flag`. */
export function setns(
  kernel: Kernel,
  fd: number,
  flag: number,
  described: Pick<Syscall, 'purpose' | 'equivalent' | 'evidence'>,
): void {
  invoke(kernel, { name: 'setns', raw: [fd, flag], args: `${fd}, ${symbolic(flag, 'clone')}`, ...described });
}
