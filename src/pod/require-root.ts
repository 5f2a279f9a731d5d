import { OperationError } from '../sys/errors.ts';

/** What every verb that changes something begins with. */
export function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new OperationError(
    'this needs root: namespaces and links are made with CAP_SYS_ADMIN and CAP_NET_ADMIN',
    { code: 'ERR_NEEDS_ROOT', hint: 'run nslab as root: sudo nslab …' },
  );
}
