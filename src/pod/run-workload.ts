import { checkCommand, checkName } from '../spec/names.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { unique } from '../sys/unique.ts';
import { podGone, podTerminating } from './ending.ts';
import { forgetPod } from './forget.ts';
import type { Host } from './host.ts';
import { type Output, resolveSpec } from './launch.ts';
import { claimPod, type LockedPod, lockPod } from './lock-pod.ts';
import { podFiles, writeStatus } from './store.ts';
import { findIn, findTarget, runningProcess } from './target.ts';
import { beginWork, type Finish } from './unfinished.ts';
import { type OwnedWorkload, startWorkload, withdrawWorkload } from './workload.ts';
import type { StoredSpec } from './workload-record.ts';

/** A workload that runs, and the pod whose record it is in, locked until `release`. */
export interface Running {
  readonly pod: LockedPod;
  readonly workload: OwnedWorkload;
  /** To be called when it was let go, or removed. */
  readonly finish: Finish;
}

/**
 * Starts a workload in the namespaces that its origins name. It belongs to the pod whose network it joins, else to
 * the first one that it joins at all; one that joins none has a record of its own name, without a holder.
 */
export async function runWorkload(
  host: Host,
  root: string,
  spec: WorkloadSpec,
  output: Output,
): Promise<Running> {
  checkName('workload', spec.name);
  checkCommand(spec.command, spec.env);
  const home = homeOf(root, spec);
  const stored = resolveSpec(host, findIn(root), podFiles(root, home ?? spec.name), spec, output === 'log');
  host.transcript.step = 'workload';
  const finish = await beginWork(host, root);
  try {
    const pod =
      home === undefined ? await claimAlone(host, root, spec) : await lockExisting(host, root, home);
    return { ...(await runIn(host, root, pod, stored, output)), finish };
  } catch (error) {
    await finish();
    throw error;
  }
}

/** What fails is undone. */
async function runIn(
  host: Host,
  root: string,
  pod: LockedPod,
  stored: StoredSpec,
  output: Output,
): Promise<Omit<Running, 'finish'>> {
  let closeTranscript = () => {};
  let workload: OwnedWorkload | undefined;
  try {
    closeTranscript = host.keepTranscript(pod.files.transcript);
    host.interrupts.check();
    workload = await startWorkload(host, root, pod, stored, output);
    await host.interrupts.heed();
    if (!pod.intent.holder) writeStatus(host, pod, { namespaces: {}, wiring: [] });
    closeTranscript();
    return { pod, workload };
  } catch (error) {
    closeTranscript();
    if (workload) await withdrawWorkload(host, pod.files, workload);
    if (!pod.intent.holder) await forgetPod(host, root, pod);
    pod.release();
    throw error;
  }
}

/** The pod that a workload belongs to; checked to run, so that the error speaks of it and not of a path in /proc. */
function homeOf(root: string, { origins: { net, ipc, uts, pid } }: WorkloadSpec): string | undefined {
  const donor = [net, ipc, uts, pid].find((origin) => typeof origin === 'object');
  if (typeof donor !== 'object') return undefined;
  const target = findTarget(root, donor.of);
  runningProcess(target);
  return target.pod.intent.name;
}

async function lockExisting(host: Host, root: string, name: string): Promise<LockedPod> {
  const pod = await lockPod(host, root, name);
  if (pod && pod !== 'busy') {
    if (pod.status && !pod.status.terminating) return pod;
    pod.release();
    if (pod.status?.terminating) throw podTerminating(name);
  }
  throw podGone(name);
}

function claimAlone(host: Host, root: string, spec: WorkloadSpec): Promise<LockedPod> {
  return claimPod(host, root, {
    apiVersion: 'nslab/v1',
    kind: 'Pod',
    name: spec.name,
    uid: unique(),
    instance: host.instance(root),
    createdAt: new Date().toISOString(),
    holder: false,
    share: [],
    hostname: spec.name,
    interfaces: [],
    ...(spec.origins.net === 'host' && { hostNetwork: true }),
    ports: [],
  });
}
