import { resolve } from 'node:path';
import { deleteOurLink } from '../net/delete-links.ts';
import type { Link } from '../net/driver.ts';
import { removeAcceptRules } from '../net/filter.ts';
import { restoreForwarding } from '../net/forwarding.ts';
import { groupOf, ownerIn } from '../net/names.ts';
import { removeMarkedTables } from '../net/network.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames, networksDirectory, readMaybeNetwork } from '../net/record.ts';
import { openersBelow } from '../observe/openers.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { isRunning } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import type { Garbage } from './classify.ts';
import { ALIVE_FD } from './descriptors.ts';
import type { Host } from './host.ts';
import { removeStrayLimits } from './limits.ts';
import { netnsNames, removeUnrecordedName } from './netns-name.ts';
import { podFiles, podNames, podsDirectory, readMaybePod } from './store.ts';
import { workloadNames } from './workload-record.ts';

const WHY = 'its record was removed';

/**
 * Whether a pod of this state directory has lost its record: its name below /run/netns leads nowhere. A cheap look, for
 * every verb; what it misses, `nslab gc` finds.
 */
export function hasUnrecorded(root: string): boolean {
  return unrecordedNames(root).length > 0;
}

/**
 * Removes what bears the mark of this state directory and is on none of its records: they were removed by hand, while the
 * kernel's objects lived on. Needs the networks' lock. The objects are listed before the records: what is made
 * meanwhile is on record first, and is never taken for one of these.
 */
export async function removeUnrecorded(
  host: Host,
  root: string,
  report: (garbage: Garbage) => void,
): Promise<void> {
  const found = (what: string) => report({ what, why: WHY });
  await endUnrecordedProcesses(host, root, found);
  const links = await host.net.links();
  const isUnrecorded = unrecordedOwners(host, root);
  const isStray = (comment: unknown) => isUnrecorded(ownerIn(comment));
  await withdrawPorts(host, isStray);
  const isOurs = strayLinks(host, root, isStray);
  for (const { name } of links.filter(isOurs)) {
    await deleteOurLink(host, name, isOurs);
    found(`link ${name}`);
  }
  await removeAcceptRules(host, isStray);
  for (const table of await removeMarkedTables(host, isStray)) found(`table ip ${table}`);
  if (networkNames(root).length === 0)
    await restoreForwarding(host, host.instance(root).id, networksDirectory(root));
  for (const { path } of unrecordedNames(root)) {
    removeUnrecordedName(host.files, path);
    found(`name ${path}`);
  }
  const workloads = podNames(root).flatMap((name) => {
    const pod = podFiles(root, name);
    return workloadNames(pod).map((workload) => ({ pod, workload }));
  });
  for (const path of await removeStrayLimits(host, root, workloads)) found(`control group ${path}`);
}

/** Holders and shims are known by the file that they have open: it is below the state directory, and has no name any more. */
async function endUnrecordedProcesses(
  host: Host,
  root: string,
  found: (what: string) => void,
): Promise<void> {
  const directory = podsDirectory(resolve(root));
  // Holders and shims have it under the same number.
  const removed = openersBelow([directory], ALIVE_FD).filter((opener) => opener.removed);
  const pods = new Set(podNames(root));
  for (const process of removed) {
    const [pod = ''] = process.path.slice(directory.length + 1).split('/');
    if (pods.has(pod)) continue;
    if (signalProcess(host.kernel, process, 'SIGKILL', 'ends a process of ours whose record was removed'))
      found(`process ${process.pid} of pod ${pod}`);
    await host.until(() => !isRunning(process), 2000);
  }
}

/** Tells whether an owner is of this instance and on none of its records. A damaged record still counts, by its name. */
function unrecordedOwners(host: Host, root: string): (owner: ReturnType<typeof ownerIn>) => boolean {
  const instance = host.instance(root).id;
  const known = new Set<string>();
  for (const name of podNames(root)) known.add(readMaybePod(root, name)?.intent.uid ?? `pod/${name}`);
  for (const name of networkNames(root)) known.add(readMaybeNetwork(root, name)?.uid ?? `network/${name}`);
  return (owner) =>
    owner?.instance === instance &&
    /^(pod|network)\//.test(owner.label) &&
    !known.has(owner.uid) &&
    !known.has(owner.label);
}

/** Also those that were created and not yet marked: by their group number, where no record names them. */
function strayLinks(host: Host, root: string, isStray: (text: unknown) => boolean): (link: Link) => boolean {
  const group = groupOf(host.instance(root).id);
  const named = new Set([
    ...podNames(root).map((name) => readMaybePod(root, name)?.intent.hostInterface),
    ...networkNames(root).map((name) => readMaybeNetwork(root, name)?.bridge),
  ]);
  return (link) =>
    link.alias === undefined
      ? link.group === group && (link.kind === 'veth' || link.kind === 'bridge') && !named.has(link.name)
      : isStray(link.alias);
}

function unrecordedNames(root: string): { readonly path: string }[] {
  const pods = new Set(directoryEntries(podsDirectory(root)));
  return netnsNames(pods).filter(({ root: other, pod }) => other === resolve(root) && !pods.has(pod));
}
