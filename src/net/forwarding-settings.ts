import type { Link } from './driver.ts';
import type { Settings } from './forwarding-plan.ts';
import { groupOf, ownerIn } from './names.ts';
import type { NetHost } from './net-host.ts';

export type ForwardingHost = Pick<NetHost, 'net' | 'nft' | 'sysctl' | 'files' | 'warn'>;

/** Of these names, the value of `default` and of each device that is no link of nslab; one in `known` is taken for such. */
export async function foreignSettings(
  { net, sysctl }: Pick<NetHost, 'net' | 'sysctl'>,
  instance: string,
  {
    known = {},
    names = namesOf({ sysctl }),
  }: { readonly known?: Settings; readonly names?: readonly string[] },
): Promise<Settings> {
  const areKnown = names.every((name) => name === 'default' || name in known);
  const group = groupOf(instance);
  // By its alias; before a link has one, by the group number that it was created with.
  const isOurs = (link: Link) => ownerIn(link.alias) !== undefined || link.group === group;
  const ours = areKnown ? [] : (await net.links()).filter(isOurs).map(({ name }) => name);
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = ours.includes(name) ? undefined : sysctl.read(settingOf(name));
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/**
 * `default` and the devices but `lo`, the links of pods, and the bridges that are known. The links of pods are told by their
 * names: to ask the kernel of a thousand takes long, and no other program makes such names.
 */
export function namesOf({ sysctl }: Pick<NetHost, 'sysctl'>, bridges: readonly string[] = []): string[] {
  const isPods = (name: string) => /^nsv[a-z2-7]{8}$/.test(name);
  const others = (name: string) =>
    name !== 'all' && name !== 'lo' && !bridges.includes(name) && !isPods(name);
  return sysctl.list('net/ipv4/conf', others);
}

/** A device that is gone took its setting with it. */
export function writeSetting(
  { sysctl }: Pick<NetHost, 'sysctl'>,
  device: string,
  value: string,
  purpose: string,
): void {
  const path = settingOf(device);
  try {
    if (sysctl.read(path) !== undefined) sysctl.write(path, value, purpose);
  } catch (error) {
    if (sysctl.read(path) !== undefined) throw error;
  }
}

export function isRouter({ sysctl }: Pick<NetHost, 'sysctl'>): boolean {
  return (sysctl.read('net/ipv4/ip_forward') ?? '0') !== '0';
}

export const settingOf = (device: string) => `net/ipv4/conf/${device}/forwarding`;
