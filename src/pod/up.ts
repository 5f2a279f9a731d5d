import { join } from 'node:path';
import type { PodFile, PodSpec } from '../spec/pod-spec.ts';
import { ourselves } from '../sys/procfs.ts';
import type { Step } from '../transcript/event.ts';
import { writeEtc } from './etc.ts';
import { type OwnedHolder, startHolder } from './holder.ts';
import type { Host } from './host.ts';
import { intentFor } from './intent.ts';
import { lease, refuseUnleasable } from './lease.ts';
import { giveNetnsName } from './netns-name.ts';
import type { Status, Wiring } from './record.ts';
import { addressOf } from './record.ts';
import { claimPod, type LockedPod, writeStatus } from './store.ts';
import { tearDown } from './teardown.ts';
import { isWired, publish, wire, wireLoopback } from './wire.ts';
import type { OwnedWorkload } from './workload.ts';

/** A pod that stands and is still its creator's: it ends with it, unless `detach` is said. */
export interface OwnedPod {
  readonly pod: LockedPod;
  readonly holder: OwnedHolder;
  readonly workloads: readonly OwnedWorkload[];
  /** Whole, for everybody to see; but it still ends with us. */
  settle(): void;
  /** From now on it lives without us. */
  detach(): Promise<void>;
}

/** Starts a pod's workloads, and notes each in `started` as soon as it runs. */
export type Fill = (pod: LockedPod, started: OwnedWorkload[]) => Promise<void>;

/**
 * Makes a pod: claim, lease, holder, wire, ports, workloads, commit. Everything is checked before anything is touched;
 * every name of a kernel object is on record before the object is; and what a failure leaves is undone from that
 * record, as `down` and gc do it.
 */
export async function makePod(host: Host, root: string, spec: PodSpec, fill?: Fill): Promise<OwnedPod> {
  const { transcript } = host;
  const intent = intentFor(host, root, spec);
  if (isWired(intent)) await refuseUnleasable(host, root, intent, spec.ip);
  transcript.step = 'claim';
  const { events, stop } = transcript.gather();
  const pod = await claimPod(host, root, intent).finally(stop);
  let closeTranscript = () => {};
  const begin = (step: Step) => {
    host.interrupts.check();
    transcript.step = step;
  };
  let holder: OwnedHolder | undefined;
  const workloads: OwnedWorkload[] = [];
  try {
    closeTranscript = host.keepTranscript(pod.files.transcript, events);
    begin('lease');
    const wiring = isWired(intent) ? await lease(host, root, intent, spec.ip) : undefined;
    writeEtc(host.files, pod.files.etc, { ...spec, hostname: intent.hostname, address: addressOf(wiring) });
    placeFiles(host, pod, spec.files ?? []);
    begin('holder');
    holder = startHolder(host, pod);
    if (intent.netnsLink) await giveNetnsName(host, root, pod, holder.pid);
    begin('wire');
    if (wiring) await wire(host, intent, holder, wiring);
    else if (intent.share.includes('net') && intent.network === 'none') await wireLoopback(host, holder);
    holder.leave();
    begin('nat');
    if (wiring && intent.ports.length > 0) await publish(host, intent, wiring);
    begin('workload');
    const made = write(host, pod, statusOf(host, holder, wiring), fill ? 'with its maker' : 'whole');
    if (fill) await fill(made, workloads);
    await host.interrupts.heed();
    begin('commit');
    closeTranscript();
    return fresh(host, made, holder, workloads);
  } catch (error) {
    for (const each of workloads) each.letGo();
    holder?.letGo();
    closeTranscript();
    await tearDown(host, root, pod, 'at once').catch((second: Error) => {
      host.warn(
        `the rollback of pod "${intent.name}" was not complete (${second.message}): run \`nslab gc\``,
      );
    });
    pod.release();
    throw error;
  }
}

/**
 * A pod without workloads is whole as soon as its status is there. One with workloads is so only when the last of its
 * processes is detached. Until then its status names its maker, and gc undoes the pod if the maker is dead.
 */
function fresh(host: Host, pod: LockedPod, holder: OwnedHolder, workloads: OwnedWorkload[]): OwnedPod {
  const settle = () => {
    if (pod.status?.maker) write(host, pod, pod.status, 'whole');
  };
  return {
    pod,
    holder,
    workloads,
    settle,
    async detach() {
      await Promise.all(workloads.map((workload) => workload.stay()));
      holder.stay();
      settle();
    },
  };
}

function write(
  host: Host,
  pod: LockedPod,
  { maker: _, ...status }: Status,
  as: 'whole' | 'with its maker',
): LockedPod & { readonly status: Status } {
  const written = as === 'whole' ? status : { ...status, maker: ourselves() };
  writeStatus(host, pod, written);
  return { ...pod, status: written };
}

function statusOf({ net }: Host, holder: OwnedHolder, wiring: Wiring | undefined): Status {
  return {
    ...holder.settled(),
    ...(wiring && { wiring, driver: net.name }),
  };
}

/** What the manifest's volumes and images consist of, for as long as the pod's record is there. */
function placeFiles({ files }: Host, pod: LockedPod, wanted: readonly PodFile[]): void {
  const made = new Set<string>();
  for (const { path, content, mode, gid = 0 } of wanted) {
    const parts = ['.', ...path.split('/').slice(0, content === undefined ? undefined : -1)];
    for (const depth of parts.keys()) {
      const directory = join(pod.files.files, ...parts.slice(0, depth + 1));
      if (!made.has(directory)) files.makeDirectory(directory, 0o755);
      made.add(directory);
    }
    if (content !== undefined) files.publish(join(pod.files.files, path), content, mode, gid);
  }
}
