import { deleteOurLink } from '../net/delete-links.ts';
import { kernelName, mark } from '../net/names.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames, readRemains } from '../net/record.ts';
import { bootId } from '../sys/procfs.ts';
import { forgetPod } from './forget.ts';
import { endHolder } from './holder.ts';
import type { Host } from './host.ts';
import { release } from './lease.ts';
import { removeLimits } from './limits.ts';
import { netnsPath } from './netns-name.ts';
import { endOrphans } from './orphan.ts';
import { podFiles } from './store.ts';
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
  for (const workload of workloadNames(files)) await removeLimits(host, { pod: name, workload });
  await deleteOurLink(host, kernelName('nsv', name, 0), mark('pod', name));
  for (const network of networkNames(root)) {
    await withdrawPorts(host, readRemains(root, network, bootId())?.table ?? '', [name]);
    await release(host, root, [{ intent: { name, network } }]);
  }
  await release(host, root, [{ intent: { name, network: 'none', netnsLink: netnsPath(name) } }]);
  await forgetPod(host, root, { files });
}
