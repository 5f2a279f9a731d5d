import type { PodSpec } from 'kubernetes-types/core/v1.js';
import type { Test } from 'tap';
import { pidOf } from '../evidence.ts';
import type { KernelHost } from '../host.ts';

/** Fields of Kubernetes, a manifest with them, and a check of the kernel's facts about its workloads. */
export interface Proof {
  readonly name: string;
  /** As named in the table of fields: `Container.workingDir`. */
  readonly fields: readonly string[];
  readonly documents: readonly object[];
  readonly flags?: readonly string[];
  check(t: Test, pods: WorkloadEvidence): Promise<void>;
}

/** Reads facts of a running workload `POD/WORKLOAD` without nslab. */
export interface WorkloadEvidence extends KernelHost {
  pid(workload: string): Promise<number>;
  /** A line of /proc/PID/status. */
  status(workload: string, key: string): Promise<string>;
  environ(workload: string): Promise<Record<string, string>>;
  /** The output of a shell line in all of the workload's namespaces, as root. */
  inside(workload: string, script: string): Promise<string>;
  /** Whether a shell line exits with 0 there. */
  succeeds(workload: string, script: string): Promise<boolean>;
}

export function workloadEvidence(host: KernelHost): WorkloadEvidence {
  const pid = (workload: string) => pidOf(host, workload);
  const read = async (workload: string, file: string) => host.sh(`cat /proc/${await pid(workload)}/${file}`);
  const enter = async (workload: string) => ['nsenter', '-t', String(await pid(workload)), '-a', 'sh', '-c'];
  return {
    ...host,
    pid,
    async status(workload, key) {
      const line = (await read(workload, 'status')).split('\n').find((each) => each.startsWith(`${key}:`));
      return (
        line
          ?.slice(key.length + 1)
          .trim()
          .replace(/\s+/g, ' ') ?? ''
      );
    },
    async environ(workload) {
      const pairs = (await read(workload, 'environ')).split('\0').filter(Boolean);
      return Object.fromEntries(pairs.map((pair) => [pair.replace(/=.*/s, ''), pair.replace(/^[^=]*=/, '')]));
    },
    async inside(workload, script) {
      const { status, stdout, stderr } = await host.host.run([...(await enter(workload)), script]);
      if (status !== 0) throw new Error(`in ${workload}: ${script}: status ${status}: ${stderr}`);
      return stdout.trim();
    },
    async succeeds(workload, script) {
      return (await host.host.run([...(await enter(workload)), script])).status === 0;
    },
  };
}

export function pod(name: string, spec: PodSpec, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
}

/** A container that sleeps. */
export function idle(name: string): { name: string; image: string; command: string[] } {
  return { name, image: 'busybox', command: ['sleep', '10000'] };
}

/** A container that runs a script and then sleeps. */
export function doing(name: string, script: string): { name: string; image: string; command: string[] } {
  return { name, image: 'busybox', command: ['sh', '-c', `${script}; exec sleep 10000`] };
}
