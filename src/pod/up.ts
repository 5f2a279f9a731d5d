import { join } from 'node:path';
import type { PodFile, PodSpec } from '../spec/pod-spec.ts';
import { ourselves } from '../sys/procfs.ts';
import type { Step } from '../transcript/event.ts';
import { writeEtc } from './etc.ts';
import { collect } from './gc.ts';
import { type OwnedHolder, startHolder } from './holder.ts';
import type { Host } from './host.ts';
import { intentFor } from './intent.ts';
import { leaseOrCollect, refuseUnleasable } from './lease.ts';
import { claimPod, type LockedPod } from './lock-pod.ts';
import { giveNetnsName, Overtaken } from './netns-name.ts';
import { addressesOf, type Intent, type Status, type Wiring } from './record.ts';
import { writeStatus } from './store.ts';
import type { OwnedSupervisor } from './supervisor.ts';
import { tearDown } from './teardown.ts';
import { beginWork, type Finish } from './unfinished.ts';
import { publish, wire, wireLoopback } from './wire.ts';
import type { OwnedWorkload } from './workload.ts';

/** A pod that stands and is still its creator's: it ends with it, unless `detach` is said. */
export interface OwnedPod {
  readonly pod: LockedPod;
  readonly holder: OwnedHolder;
  readonly parts: Readonly<Parts>;
  /** Whole, for everybody to see; but it still ends with us. */
  settle(): void;
  /** From now on it lives without us. */
  detach(): Promise<void>;
  /** To be called when it was taken down instead. */
  readonly finish: Finish;
}

/** What is in a pod: workloads, or the supervisor that has them. Noted as soon as each runs. */
export interface Parts {
  readonly workloads: OwnedWorkload[];
  supervisor?: OwnedSupervisor;
}

export type Fill = (pod: LockedPod, parts: Parts) => Promise<void>;

/**
 * Makes a pod: claim, lease, holder, wire, ports, workloads, commit. Everything is checked before anything is touched;
 * every name of a kernel object is on record before the object is; and what a failure leaves is undone from that
 * record, as `down` and gc do it.
 */
export async function makePod(host: Host, root: string, spec: PodSpec, fill?: Fill): Promise<OwnedPod> {
  try {
    return await makeOnce(host, root, spec, fill);
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    return makeOnce(host, root, spec, fill);
  }
}

async function makeOnce(host: Host, root: string, spec: PodSpec, fill: Fill | undefined): Promise<OwnedPod> {
  const { transcript } = host;
  const intent = intentFor(host, root, spec);
  const isWired = intent.interfaces.length > 0;
  if (isWired) await refuseUnleasable(host, root, intent);
  transcript.step = 'claim';
  const { events, stop } = transcript.gather();
  const finish = await beginWork(host, root);
  const pod = await claim(host, root, intent, finish).finally(stop);
  let closeTranscript = () => {};
  const begin = (step: Step) => {
    host.interrupts.check();
    transcript.step = step;
  };
  let holder: OwnedHolder | undefined;
  const parts: Parts = { workloads: [] };
  try {
    closeTranscript = host.keepTranscript(pod.files.transcript, events);
    begin('lease');
    const collectDead = () =>
      collect(host, root, 'quiet', ({ what, why }) => host.warn(`removed ${what}: ${why}`));
    const wiring = isWired ? await leaseOrCollect(host, root, intent, collectDead) : [];
    const [address] = addressesOf({ wiring });
    writeEtc(host.files, pod.files.etc, {
      ...{ ...spec, hostname: intent.hostname, address },
      ownNetns: intent.share.includes('net'),
      // Without a network no server answers anyway.
      ...(isWired && { warn: host.warn }),
    });
    placeFiles(host, pod, spec.files ?? []);
    begin('holder');
    holder = startHolder(host, pod);
    if (intent.netnsLink) await giveNetnsName(host, root, pod, holder.pid);
    begin('wire');
    if (isWired) await wire(host, intent, holder, wiring);
    else if (intent.share.includes('net') && !intent.netns) await wireLoopback(host, intent, holder);
    holder.leave();
    begin('nat');
    if (wiring[0] && intent.ports.length > 0) await publish(host, intent, wiring[0]);
    begin('workload');
    const made = write(host, pod, statusOf(host, holder, wiring), fill ? 'with its maker' : 'whole');
    if (isWired) await host.guard?.arrived(root);
    if (fill) await fill(made, parts);
    await host.interrupts.heed();
    begin('commit');
    closeTranscript();
    return fresh(host, made, holder, parts, finish);
  } catch (error) {
    letGoOf(parts);
    holder?.letGo();
    closeTranscript();
    const undo = async () => {
      await tearDown(host, root, pod);
      await host.guard?.gone(root);
    };
    await undo().then(finish, (second: Error) => {
      host.warn(
        `the rollback of pod "${intent.name}" was not complete (${second.message}): run \`nslab gc\``,
      );
    });
    pod.release();
    throw error;
  }
}

async function claim(host: Host, root: string, intent: Intent, finish: Finish): Promise<LockedPod> {
  try {
    return await claimPod(host, root, intent);
  } catch (error) {
    await finish();
    throw error;
  }
}

/**
 * A pod without workloads is whole as soon as its status is there. One with workloads is so only when the last of its
 * processes is detached. Until then its status names its maker, and gc undoes the pod if the maker is dead.
 */
function fresh(host: Host, pod: LockedPod, holder: OwnedHolder, parts: Parts, finish: Finish): OwnedPod {
  let isWhole = !pod.status?.maker;
  const settle = () => {
    if (isWhole || !pod.status) return;
    isWhole = true;
    const { supervisor } = parts;
    write(host, pod, { ...pod.status, ...(supervisor && { supervisor: { pid: supervisor.pid } }) }, 'whole');
  };
  return {
    pod,
    holder,
    parts,
    settle,
    async detach() {
      await Promise.all(all(parts).map((part) => part.stay()));
      holder.stay();
      settle();
      await finish();
    },
    finish,
  };
}

/** Unless `stay` was said, they end. */
export function letGoOf(parts: Readonly<Parts>): void {
  for (const part of all(parts)) part.letGo();
}

function all({ workloads, supervisor }: Readonly<Parts>): Pick<OwnedWorkload, 'stay' | 'letGo'>[] {
  return [...workloads, ...(supervisor ? [supervisor] : [])];
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

function statusOf({ net }: Host, holder: OwnedHolder, wiring: readonly Wiring[]): Status {
  return {
    ...holder.settled(),
    wiring,
    ...(wiring.length > 0 && { driver: net.name }),
  };
}

/** What the manifest's volumes and images consist of, for as long as the pod's record is there. */
function placeFiles({ files }: Host, pod: LockedPod, wanted: readonly PodFile[]): void {
  const made = new Set<string>();
  for (const { path, content, link, mode, gid = 0 } of wanted) {
    const isDirectory = content === undefined && link === undefined;
    const parts = ['.', ...path.split('/').slice(0, isDirectory ? undefined : -1)];
    for (const depth of parts.keys()) {
      const directory = join(pod.files.files, ...parts.slice(0, depth + 1));
      if (!made.has(directory)) files.makeDirectory(directory, 0o755);
      made.add(directory);
    }
    const place = join(pod.files.files, path);
    if (content !== undefined) files.publish(place, content, mode, gid);
    if (link !== undefined) files.symlink(link, place, 'a link of a volume, where Kubernetes has one');
  }
}
