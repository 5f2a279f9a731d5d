import { deleteOurLink } from '../net/delete-links.ts';
import type { Link } from '../net/driver.ts';
import { bearsMark } from '../net/names.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames } from '../net/record.ts';
import { endHolder } from './end-holder.ts';
import { forgetPod } from './forget.ts';
import type { Host } from './host.ts';
import { release } from './lease.ts';
import { removeLimits } from './limits.ts';
import { possibleNetnsPaths } from './netns-name.ts';
import { endOrphans } from './orphan.ts';
import { nameOwner } from './record.ts';
import { podFiles } from './store.ts';
import { hostLink, possibleHostInterfaces } from './wire.ts';
import { endWorkload } from './workload.ts';
import { workloadNames } from './workload-record.ts';

/**
 * Removes a pod whose record is damaged. Its processes are found by the files that they have open, its kernel objects
 * by the names that follow from its own, and each must bear our mark before it is touched.
 */
export async function removeDamaged(host: Host, root: string, name: string): Promise<void> {
  const files = podFiles(root, name);
  for (const workload of workloadNames(files)) await endWorkload(host, files, workload, 'at once');
  await endOrphans(host, [files]);
  await endHolder(host, { files, status: undefined });
  for (const workload of workloadNames(files)) await removeLimits(host, { pod: files, workload });
  const instance = host.instance(root);
  const owner = nameOwner(instance, name);
  const possible = new Map(
    possibleHostInterfaces(instance.id, name).map((link) => [link, hostLink(link, owner)]),
  );
  const isOurs = (link: Link) =>
    bearsMark(link.alias, owner) || possible.get(link.name)?.isOurs(link) === true;
  for (const { name } of (await host.net.links()).filter(isOurs)) await deleteOurLink(host, name, isOurs);
  await withdrawPorts(host, (comment) => bearsMark(comment, owner));
  for (const network of networkNames(root))
    await release(host, root, [{ intent: { name, interfaces: [{ network }] } }]);
  for (const netnsLink of possibleNetnsPaths(instance.id, name))
    await release(host, root, [{ intent: { name, interfaces: [], netnsLink } }]);
  await forgetPod(host, root, { files });
}
