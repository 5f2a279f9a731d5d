import { unreachableDevices } from '../net/forwarding.ts';
import { lostParts } from '../net/mend-network.ts';
import { networkNames, readMaybeNetwork } from '../net/record.ts';
import type { Finding } from '../observe/doctor.ts';
import { isHere } from '../sys/instance.ts';
import type { Host } from './host.ts';
import { findUnrecorded } from './unrecorded.ts';

/** Whether the kernel still has what is on record here, and nothing of this state directory besides. Changes nothing. */
export async function examineState(host: Host, root: string): Promise<Finding[]> {
  return [await networks(host, root), await forwarding(host, root), await unrecorded(host, root)];
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

/** Whether pods are reached by every device of this host. */
async function forwarding(host: Host, root: string): Promise<Finding> {
  const what = 'forwarding';
  const devices = await unreachable(host, root);
  if (devices.length === 0)
    return { what, state: 'ok', found: 'pods are reached by every device of this host' };
  const isRouter = host.sysctl.read('net/ipv4/ip_forward') === '1';
  return {
    what,
    state: 'limited',
    found: `pods are not reached by ${devices.join(', ')}: forwarding is off there`,
    cure: isRouter
      ? `it was turned off on purpose, because ip_forward is on: sysctl net.ipv4.conf.${devices[0]}.forwarding=1`
      : 'turn it on: nslab gc',
  };
}

/** The devices by which no pod is reached; none where there is no network. */
export async function unreachable(host: Host, root: string): Promise<string[]> {
  const current = host.instance(root);
  const isUsed = networkNames(root).some((name) => {
    const network = readMaybeNetwork(root, name);
    return network?.ready && isHere(network.instance, current);
  });
  return isUsed ? unreachableDevices(host, current.id) : [];
}

async function unrecorded(host: Host, root: string): Promise<Finding> {
  const what = 'records';
  const stray = await findUnrecorded(host, root);
  if (stray.length === 0) return { what, state: 'ok', found: 'each kernel object of nslab is on record' };
  const found = `without a record: ${stray.map((each) => each.what).join(', ')}`;
  return { what, state: 'limited', found, cure: 'remove it: nslab gc' };
}
