import { basename, resolve } from 'node:path';
import { deleteOurLink } from '../net/delete-links.ts';
import type { Link } from '../net/driver.ts';
import { removeAcceptRules } from '../net/filter.ts';
import { groupOf, ownerIn } from '../net/names.ts';
import { removeMarkedTables } from '../net/network.ts';
import { withdrawPorts } from '../net/port.ts';
import { networkNames, networksDirectory, readMaybeNetwork } from '../net/record.ts';
import { restoreForwarding } from '../net/restore-forwarding.ts';
import { openersBelow } from '../observe/openers.ts';
import { ALIVE_FD } from '../sys/descriptors.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { type KnownProcess, watchEnd } from '../sys/known-process.ts';
import { isSealed } from '../sys/seal.ts';
import { settleAll } from '../sys/settle-all.ts';
import { signalProcess } from '../sys/signal.ts';
import { attachedNames } from './attached-netns.ts';
import type { Garbage } from './classify.ts';
import { killAll } from './end-shims.ts';
import { type Host, KILL_PATIENCE } from './host.ts';
import { removeGroup, strayLimits } from './limits.ts';
import { netnsNames } from './netns-directory.ts';
import { removeUnrecordedName } from './netns-name.ts';
import { podFiles, podNames, podsDirectory, readMaybePod } from './store.ts';
import { workloadNames } from './workload-record.ts';

/**
 * Whether a pod of this state directory has lost its record: its name below /run/netns leads nowhere. A cheap look, for
 * every verb, and only where somebody else was at the records; what it misses, `nslab gc` finds.
 */
export function hasUnrecorded(root: string): boolean {
  return !isSealed(podsDirectory(root)) && unrecordedNames(root).length > 0;
}

/** A kernel object of ours without a record. */
interface Unrecorded extends Garbage {
  remove(): Promise<void>;
}

/**
 * Removes what bears the mark of this state directory and is on none of its records: they were removed by hand, while the
 * kernel's objects lived on. Needs the networks' lock.
 */
export async function removeUnrecorded(
  host: Host,
  root: string,
  report: (garbage: Garbage) => void,
): Promise<void> {
  for (const { remove, ...garbage } of await findUnrecorded(host, root)) {
    await remove();
    report(garbage);
  }
  const isUnrecorded = unrecordedOwners(host, root);
  const isStray = (comment: unknown) => isUnrecorded(ownerIn(comment));
  await withdrawPorts(host, isStray);
  await removeAcceptRules(host, isStray);
  if (networkNames(root).length === 0)
    await restoreForwarding(host, host.instance(root).id, networksDirectory(root));
}

/**
 * The kernel's objects are listed before the records: what is made meanwhile is on record first, and is never taken for one
 * of these.
 */
export async function findUnrecorded(host: Host, root: string): Promise<Unrecorded[]> {
  const [links, tables] = await settleAll(host.net.links(), host.net.tables());
  const attached = attachedNames(host);
  const processes = unrecordedProcesses(root);
  const isUnrecorded = unrecordedOwners(host, root);
  const isStray = (comment: unknown) => isUnrecorded(ownerIn(comment));
  const isStrayLink = strayLinks(host, root, isStray);
  const found = (what: string, remove: () => Promise<void> | void): Unrecorded => ({
    what,
    why: 'its record was removed',
    remove: async () => remove(),
  });
  return [
    ...processes.map((process) =>
      found(`process ${process.pid} of pod ${process.pod}`, () => end(host, process)),
    ),
    ...links
      .filter(isStrayLink)
      .map(({ name }) => found(`link ${name}`, () => deleteOurLink(host, name, isStrayLink))),
    ...tables
      .filter(({ comment }) => isStray(comment))
      .map(({ name }) =>
        found(`table ip ${name}`, async () => void (await removeMarkedTables(host, isStray))),
      ),
    ...unrecordedNames(root).map(({ path }) =>
      found(`name ${path}`, () => removeUnrecordedName(host.files, path)),
    ),
    ...attached
      .filter(({ alias }) => isStray(alias))
      .map(({ path }) => found(`name ${path}`, () => host.ipNetns.delete(basename(path)))),
    ...strayLimits(host, root, recordedWorkloads(root)).map((path) =>
      found(`control group ${path}`, () => removeGroup(host, path)),
    ),
  ];
}

interface UnrecordedProcess extends KnownProcess {
  readonly pod: string;
  readonly isShim: boolean;
}

/**
 * Holders and shims, both by the file that they have open under the same number: it is below the state directory, and has no
 * name any more.
 */
function unrecordedProcesses(root: string): UnrecordedProcess[] {
  const directory = podsDirectory(resolve(root));
  const removed = openersBelow([directory], ALIVE_FD).filter((opener) => opener.removed);
  const pods = new Set(podNames(root));
  return removed
    .map((opener) => {
      const [pod = '', place = ''] = opener.path.slice(directory.length + 1).split('/');
      return { ...opener, pod, isShim: place === 'workloads' || place === 'execs' };
    })
    .filter(({ pod }) => !pods.has(pod) && !pod.startsWith('.'));
}

async function end(host: Host, process: UnrecordedProcess): Promise<void> {
  if (process.isShim) return void (await killAll(host, [process]));
  await watchEnd([process], async (haveEnded) => {
    signalProcess(host.kernel, process, 'SIGKILL', 'ends a process of ours whose record was removed');
    await host.until(haveEnded, KILL_PATIENCE);
  });
}

function recordedWorkloads(root: string) {
  return podNames(root).flatMap((name) => {
    const pod = podFiles(root, name);
    return workloadNames(pod).map((workload) => ({ pod, workload }));
  });
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
    ...podNames(root).flatMap(
      (name) => readMaybePod(root, name)?.intent.interfaces.map(({ hostInterface }) => hostInterface) ?? [],
    ),
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
