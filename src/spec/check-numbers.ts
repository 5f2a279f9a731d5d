import { checkNumber, checkSeconds } from '../sys/number.ts';
import type { PodSpec } from './pod-spec.ts';
import type { Handler, WorkloadSpec } from './workload-spec.ts';

/** Refuses a workload with a number that is out of range for the shim or the kernel. */
export function checkWorkloadNumbers(spec: WorkloadSpec): void {
  const { grace, deadline, mostRestarts, groups = [], limits = {}, handlers = [] } = spec;
  if (grace !== undefined) checkSeconds('grace', grace);
  if (deadline !== undefined) checkSeconds('deadline', deadline, SHORTEST);
  if (mostRestarts !== undefined) checkNumber('mostRestarts', mostRestarts, 'times');
  for (const group of groups) checkNumber('groups:', group, 'id');
  if (limits.memory !== undefined) checkNumber('limits.memory', limits.memory, 'bytes');
  if (limits.cpu !== undefined) checkNumber('limits.cpu', limits.cpu, 'milliCpu');
  for (const handler of handlers) checkHandlerNumbers(handler);
}

/** The same for the numbers of a pod. */
export function checkPodNumbers({ ports = [], files = [] }: PodSpec): void {
  for (const { hostPort, podPort } of ports) {
    checkNumber('hostPort', hostPort, 'port');
    checkNumber('podPort', podPort, 'port');
  }
  for (const { path, mode, gid } of files) {
    checkNumber(`the mode of ${path}:`, mode, 'mode');
    if (gid !== undefined) checkNumber(`the group of ${path}:`, gid, 'id');
  }
}

/** The shim counts in milliseconds: less would be 0. */
const SHORTEST = 0.001;

function checkHandlerNumbers({
  when,
  action,
  delay,
  period,
  timeout,
  grace,
  success,
  failure,
}: Handler): void {
  for (const [name, value] of Object.entries({ delay, grace }))
    if (value !== undefined) checkSeconds(`${name} of the ${when} handler`, value);
  for (const [name, value] of Object.entries({ period, timeout }))
    if (value !== undefined) checkSeconds(`${name} of the ${when} handler`, value, SHORTEST);
  for (const [name, value] of Object.entries({ success, failure }))
    if (value !== undefined) checkNumber(`${name} of the ${when} handler`, value, 'positive');
  if ('sleep' in action) checkSeconds(`sleep of the ${when} handler`, action.sleep);
}
