import { lostParts } from '../net/mend-network.ts';
import { networkNames, readMaybeNetwork } from '../net/record.ts';
import type { Finding } from '../observe/doctor.ts';
import { isHere } from '../sys/instance.ts';
import type { Host } from './host.ts';
import { findUnrecorded } from './unrecorded.ts';

/** Whether the kernel still has what is on record here, and nothing of this state directory besides. Changes nothing. */
export async function examineState(host: Host, root: string): Promise<Finding[]> {
  return [await networks(host, root), await unrecorded(host, root)];
}

async function networks(host: Host, root: string): Promise<Finding> {
  const what = 'networks';
  const current = host.instance(root);
  const damaged: string[] = [];
  for (const name of networkNames(root)) {
    const network = readMaybeNetwork(root, name);
    if (!network?.ready || !isHere(network.instance, current)) continue;
    for (const part of await lostParts(host, network))
      damaged.push(part === 'bridge' ? `bridge ${network.bridge}` : `table ip ${network.table}`);
  }
  if (damaged.length === 0) return { what, state: 'ok', found: `as in ${root}` };
  const found = `another program has removed ${damaged.join(', ')}`;
  return { what, state: 'limited', found, cure: 'make it again: nslab gc' };
}

async function unrecorded(host: Host, root: string): Promise<Finding> {
  const what = 'records';
  const stray = await findUnrecorded(host, root);
  if (stray.length === 0) return { what, state: 'ok', found: 'each kernel object of nslab is on record' };
  const found = `without a record: ${stray.map((each) => each.what).join(', ')}`;
  return { what, state: 'limited', found, cure: 'remove it: nslab gc' };
}
