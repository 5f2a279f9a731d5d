import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PodPlan } from '../spec/workload-spec.ts';

/**
 * Creates the directories of claims that pods mount and that are not there: for all users, as the provisioners of courses make them, or for
 * the pod's fsGroup. What is there keeps its mode.
 */
export function makeClaims(directory: string, plans: readonly PodPlan[]): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  for (const plan of plans) {
    const mounts = plan.workloads(undefined, undefined).flatMap(({ volumes = [] }) => volumes);
    for (const { source } of mounts) if (source.startsWith(`${directory}/`)) make(source, fsGroupOf(plan));
  }
}

function make(path: string, gid: number | undefined): void {
  if (lstatSync(path, { throwIfNoEntry: false })) return;
  make(dirname(path), gid);
  mkdirSync(path);
  if (gid !== undefined) chownSync(path, -1, gid);
  // mkdir(2) cuts a mode by the umask.
  chmodSync(path, gid === undefined ? 0o777 : 0o2775);
}

function fsGroupOf({ spec }: PodPlan): number | undefined {
  const { spec: fields } = (spec.manifest ?? {}) as {
    readonly spec?: { readonly securityContext?: { readonly fsGroup?: number } };
  };
  return fields?.securityContext?.fsGroup;
}
