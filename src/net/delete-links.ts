import { randomInt } from 'node:crypto';
import { OperationError } from '../sys/errors.ts';
import { deviceExists } from './device.ts';
import type { Link } from './driver.ts';
import type { NetHost } from './net-host.ts';

/** A link on record, and what tells from the link itself that it is ours. */
export interface OurLink {
  readonly name: string;
  isOurs(link: Link): boolean;
}

/**
 * Deletes many links of ours, as a group: the kernel waits once for all of them (an rcu_barrier, 20 ms) and not once for
 * each. A foreign link of the same group would go too, so the number is an unused one, the group is filled just
 * before, and it is looked at once more. Only links that bear our mark are put into it.
 */
export async function deleteOurLinks(host: Pick<NetHost, 'net'>, wanted: readonly OurLink[]): Promise<void> {
  if (wanted.length > 1 && (await deleteAsGroup(host, wanted))) return;
  for (const { name, isOurs } of wanted) await deleteOurLink(host, name, isOurs);
}

/** False when a link went by itself meanwhile, or when a foreign link is in the group. */
async function deleteAsGroup({ net }: Pick<NetHost, 'net'>, wanted: readonly OurLink[]): Promise<boolean> {
  const byName = new Map(wanted.map((each) => [each.name, each]));
  const isOurs = (link: Link) => byName.get(link.name)?.isOurs(link) ?? false;
  const before = await net.links();
  const ours = before.filter(isOurs);
  const group = unusedGroup(before);
  try {
    await net.apply(ours.map(({ name }) => ({ do: 'setGroup', name, group })));
    const inGroup = (await net.links()).filter((link) => link.group === group);
    if (inGroup.length === 0 || !inGroup.every(isOurs)) return false;
    await net.apply([{ do: 'deleteGroup', group }]);
    return true;
  } catch (error) {
    if (error instanceof OperationError) return false;
    throw error;
  }
}

/** Never 0, which every new link has. */
function unusedGroup(links: readonly Link[]): number {
  const used = new Set(links.map(({ group }) => group));
  let group = 0;
  while (group === 0 || used.has(group)) group = randomInt(2 ** 16, 2 ** 31);
  return group;
}

/** Deletes a link if it exists and is ours; a foreign one of the same name is left alone. */
export async function deleteOurLink(
  host: Pick<NetHost, 'net'>,
  name: string,
  isOurs: (link: Link) => boolean,
): Promise<void> {
  if (!deviceExists(name)) return;
  try {
    const link = await host.net.link(name);
    if (link && isOurs(link)) await host.net.apply([{ do: 'deleteLink', name }]);
  } catch (error) {
    // It may be going by itself just now: its namespace died a moment ago.
    if (deviceExists(name)) throw error;
  }
}
