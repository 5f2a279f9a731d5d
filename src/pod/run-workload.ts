import { checkCommand, checkName } from '../spec/names.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { unique } from '../sys/unique.ts';
import { forgetPod } from './forget.ts';
import type { Host } from './host.ts';
import { type Output, resolveSpec } from './launch.ts';
import { claimPod, type LockedPod, lockPod, podFiles, writeStatus } from './store.ts';
import { findIn, findTarget, runningProcess } from './target.ts';
import { type OwnedWorkload, startWorkload, withdrawWorkload } from './workload.ts';

/** A workload that runs, and the pod whose record it is in, locked until `release`. */
export interface Running {
  readonly pod: LockedPod;
  readonly workload: OwnedWorkload;
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
  const pod = home === undefined ? await claimAlone(host, root, spec) : await lockExisting(host, root, home);
  let closeTranscript = () => {};
  let workload: OwnedWorkload | undefined;
  try {
    closeTranscript = host.keepTranscript(pod.files.transcript);
    host.interrupts.check();
    workload = await startWorkload(host, root, pod, stored, output);
    await host.interrupts.heed();
    if (home === undefined) writeStatus(host, pod, { namespaces: {} });
    closeTranscript();
    return { pod, workload };
  } catch (error) {
    closeTranscript();
    if (workload) await withdrawWorkload(host, pod.files, workload);
    if (home === undefined) await forgetPod(host, root, pod);
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
  }
  throw new OperationError(`pod "${name}" is gone`);
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
    network: spec.origins.net === 'host' ? 'host' : 'none',
    ports: [],
  });
}
