import type { Bench } from '../bench.ts';
import { alone } from './alone.ts';

/** A process whose mount namespace has a bind mount of somebody's network namespace, and so keeps it. Gives its path. */
export async function pin(bench: Bench, role: string, whose: string): Promise<string> {
  await alone(bench, role, ['sleep', '1000']);
  const steps = [
    'mkdir /run/host',
    // Its own /proc shows its own processes alone.
    'mount -t proc proc /run/host',
    'touch /run/kept',
    `mount --bind /run/host/${bench.pid(whose)}/ns/net /run/kept`,
    'umount /run/host',
  ];
  await bench.shell([`nsenter --target ${bench.pid(role)} --mount sh -ec '${steps.join('; ')}'`]);
  return `/proc/${bench.pid(role)}/root/run/kept`;
}
