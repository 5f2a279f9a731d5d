import { InputError, OperationError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { DRIVERS, type Driver, type DriverName } from './driver.ts';
import type { Ip } from './ip.ts';
import { openNetlink } from './netlink.ts';

/**
 * The driver that was asked for; otherwise netlink where this machine allows it (a container's seccomp
 * filter may not), because it is ten times as fast.
 */
export function openDriver(
  { kernel, ip }: { readonly kernel: Kernel; readonly ip: Ip },
  wanted: DriverName | undefined,
  warn: (line: string) => void,
): Driver {
  if (wanted === 'ip') return ip;
  try {
    return openNetlink(kernel);
  } catch (error) {
    if (wanted === 'netlink' || !(error instanceof OperationError)) throw error;
    warn(`the network is configured by ip(8): ${error.message}`);
    return ip;
  }
}

/** Reads a driver's name; that of the environment's `NSLAB_DRIVER` where none is given. */
export function readDriver(text = process.env.NSLAB_DRIVER || undefined): DriverName | undefined {
  if (text === undefined) return undefined;
  const name = DRIVERS.find((known) => known === text);
  if (!name) throw new InputError(`no driver "${text}"`, { hint: `one of ${DRIVERS.join(', ')}` });
  return name;
}
