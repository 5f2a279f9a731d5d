import { OperationError } from '../sys/errors.ts';

const CHANGES = 'namespaces and links are made with CAP_SYS_ADMIN and CAP_NET_ADMIN';

/** What every verb that changes something begins with, and every one that looks into network namespaces: `why` says what for. */
export function requireRoot(why = CHANGES): void {
  if (process.geteuid?.() === 0) return;
  throw new OperationError(`this needs root: ${why}`, {
    code: 'ERR_NEEDS_ROOT',
    hint: 'run nslab as root: sudo nslab …',
  });
}
