import { parseAddress } from '../net/address.ts';
import type { PortMapping } from '../net/port.ts';
import { InputError } from '../sys/errors.ts';
import { bootId } from '../sys/procfs.ts';
import type { Step } from '../transcript/event.ts';
import type { Doors } from './doors.ts';
import { writeEtc } from './etc.ts';
import { type FreshHolder, startHolder } from './holder.ts';
import { giveName, lease, refuseUnleasable } from './lease.ts';
import { checkHostname, checkName } from './names.ts';
import { netnsPath, refuseForeignName } from './netns-name.ts';
import type { Intent, Status, Wiring } from './record.ts';
import { DEFAULT_SHARE, type PodSpec, SHARE_KINDS } from './spec.ts';
import { claimPod, type LockedPod, refuseExisting, writeStatus } from './store.ts';
import { tearDown } from './teardown.ts';
import { freeHostInterface, isWired, publish, wire, wireLoopback } from './wire.ts';

/** A pod that stands and is still its creator's: it ends with it, unless `detach` is said. */
export interface FreshPod {
  readonly pod: LockedPod;
  readonly holder: FreshHolder;
  /** From now on it lives without us. */
  detach(): void;
}

/**
 * Makes a pod: claim, lease, holder, wire, ports, commit. Everything is checked before anything is touched; every
 * name of a kernel object is on record before the object is; and what a failure leaves is undone from that record,
 * as `down` and gc do it.
 */
export async function makePod(doors: Doors, root: string, spec: PodSpec): Promise<FreshPod> {
  const { diary } = doors;
  const intent = resolve(root, spec);
  if (isWired(intent)) await refuseUnleasable(doors, root, intent, spec.ip);
  diary.step = 'claim';
  const pod = await claimPod(doors, root, intent);
  const closeDiary = doors.keepDiary(pod.files.diary);
  const begin = (step: Step) => {
    doors.interrupts.check();
    diary.step = step;
  };
  let holder: FreshHolder | undefined;
  try {
    begin('lease');
    const wiring = isWired(intent) ? await lease(doors, root, intent, spec.ip) : undefined;
    writeEtc(doors.files, pod.files.etc, intent.hostname, wiring?.address.replace(/\/.*/, ''));
    begin('holder');
    holder = await startHolder(doors, pod);
    if (intent.netnsLink) await giveName(doors, root, intent.name, holder);
    begin('wire');
    if (wiring) await wire(doors, intent, holder, wiring);
    else if (intent.share.includes('net') && intent.network === 'none') await wireLoopback(doors, holder);
    begin('ports');
    if (wiring && intent.ports.length > 0) await publish(doors, intent, wiring);
    begin('commit');
    const fresh = commit(doors, pod, holder, wiring);
    closeDiary();
    return fresh;
  } catch (error) {
    holder?.letGo();
    closeDiary();
    await tearDown(doors, root, pod, 'at once').catch((second: Error) => {
      doors.warn(
        `the rollback of pod "${intent.name}" was not complete (${second.message}): run \`nslab gc\``,
      );
    });
    pod.release();
    throw error;
  }
}

function commit(doors: Doors, pod: LockedPod, holder: FreshHolder, wiring: Wiring | undefined): FreshPod {
  const status: Status = {
    holder: { pid: holder.pid, startTime: holder.startTime },
    namespaces: holder.namespaces,
    ...(wiring && { wiring }),
  };
  writeStatus(doors, pod, status);
  return { pod: { ...pod, status }, holder, detach: () => holder.stay() };
}

/** Reads the wish as a whole and refuses what makes no sense. Nothing has been touched yet. */
function resolve(root: string, spec: PodSpec): Intent {
  const name = checkName('pod', spec.name);
  refuseExisting(root, name);
  const hostname = spec.hostname === undefined ? name : checkHostname(spec.hostname);
  const network = spec.network ?? 'default';
  const share = SHARE_KINDS.filter(
    (kind) => (spec.share ?? DEFAULT_SHARE).includes(kind) && !(kind === 'net' && network === 'host'),
  );
  const ports = checkPorts(spec.ports ?? []);
  if (!['none', 'host', 'default'].includes(network)) checkName('network', network);
  if (spec.ip !== undefined) parseAddress(spec.ip);
  const base = { name, hostname, network, share, ports };
  const wired = isWired(base);
  if (!wired && (ports.length > 0 || spec.ip !== undefined)) {
    throw new InputError(`pod "${name}" has no interface, and so neither an address nor published ports`, {
      hint: 'leave out --ip and -p, or give it a network',
    });
  }
  if (share.length === 0)
    throw new InputError(`pod "${name}" shares nothing: a holder without a namespace holds nothing`);
  if (spec.hostname !== undefined && !share.includes('uts')) {
    throw new InputError(`pod "${name}" has no UTS namespace of its own, and so no host name`, {
      hint: 'add uts to --share',
    });
  }
  const named = share.includes('net');
  if (named) refuseForeignName(name);
  return {
    apiVersion: 'nslab/v1',
    kind: 'Pod',
    ...base,
    bootId: bootId(),
    createdAt: new Date().toISOString(),
    holder: true,
    ...(wired && { hostInterface: freeHostInterface(name) }),
    ...(named && { netnsLink: netnsPath(name) }),
  };
}

function checkPorts(ports: readonly PortMapping[]): readonly PortMapping[] {
  const seen = new Set<string>();
  for (const { hostPort, protocol } of ports) {
    const key = `${hostPort}/${protocol}`;
    if (seen.has(key)) throw new InputError(`port ${key} is published twice`);
    seen.add(key);
  }
  return ports;
}
