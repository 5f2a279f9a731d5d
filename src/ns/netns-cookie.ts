import { cookieOf, openCookieSocket } from '../sys/instance.ts';
import type { Kernel } from '../sys/invoke.ts';
import { enter } from './window.ts';

/** The cookie of the network namespace behind `fd`: of no other one in this boot, as its inode may be. Undefined before Linux 5.14. */
export function netnsCookie(kernel: Kernel, fd: number): string | undefined {
  return cookieOf(
    kernel,
    enter(kernel, { join: [['net', fd]] }, () => openCookieSocket(kernel)),
  );
}
