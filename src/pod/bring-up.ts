import { closeSync } from 'node:fs';
import type { PodPlan, WorkloadSpec } from '../spec/workload-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { settleAll } from '../sys/settle-all.ts';
import { pipe } from '../sys/syscalls.ts';
import type { Host } from './host.ts';
import { lastLine } from './last-line.ts';
import { type LifetimePipe, resolveSpec } from './launch.ts';
import { addressOf } from './record.ts';
import type { Word } from './shim.ts';
import type { LockedPod } from './store.ts';
import { findFrom } from './target.ts';
import { makePod, type OwnedPod } from './up.ts';
import { type OwnedWorkload, startWorkload } from './workload.ts';
import { readWorkload, workloadFiles } from './workload-record.ts';

/** Receives progress while a pod is made: an init container that ended, one that is started again. */
export type Tell = (line: string) => void;

/**
 * Makes a pod with its workloads, as the kubelet does: the init containers one by one, each to its end; sidecars among
 * them, each until it has begun; then the rest, side by side.
 */
export async function bringUp(host: Host, root: string, plan: PodPlan, tell: Tell): Promise<OwnedPod> {
  return makePod(host, root, plan.spec, async (pod, started) => {
    const { wiring } = pod.status ?? {};
    const specs = plan.workloads(addressOf(wiring), wiring?.gateway);
    const lifetime = openLifetimePipe(host, specs);
    try {
      const start = starter(host, root, pod, started, lifetime);
      for (const spec of specs.filter(({ phase }) => phase !== undefined)) {
        const workload = await start(spec);
        if (spec.phase === 'init') await untilDone(host, pod, spec, workload, tell);
        else await untilBegun(host, pod, spec, workload);
      }
      await startTogether(
        host,
        specs.filter(({ phase }) => phase === undefined),
        start,
      );
    } finally {
      for (const { fd } of Object.values(lifetime)) closeSync(fd);
    }
  });
}

type Start = (spec: WorkloadSpec) => Promise<OwnedWorkload>;

function starter(
  host: Host,
  root: string,
  pod: LockedPod,
  started: OwnedWorkload[],
  lifetime: Partial<Record<LifetimePipe['kind'], LifetimePipe>>,
): Start {
  const begun = performance.now();
  return async (spec) => {
    host.interrupts.check();
    const end =
      spec.phase === 'sidecar'
        ? lifetime['stop-on-eof']
        : spec.phase === undefined
          ? lifetime['hold-open']
          : undefined;
    const left = remaining(spec, begun);
    const limited = { ...spec, ...(left !== undefined && { deadline: left }) };
    const stored = resolveSpec(host, findFrom(pod, root), pod.files, limited, true);
    const workload = await startWorkload(host, root, pod, stored, 'log', end ? [end] : []);
    started.push(workload);
    return workload;
  };
}

/** A pod's deadline is counted from its first container on. */
function remaining({ deadline }: WorkloadSpec, begun: number): number | undefined {
  if (deadline === undefined) return undefined;
  return Math.max(0.001, Number((deadline - (performance.now() - begun) / 1000).toFixed(3)));
}

/**
 * The rest of a pod. None waits for another, but for one that has a hook to be run first: the kubelet does not go on to
 * the next before that is done.
 */
async function startTogether(host: Host, specs: readonly WorkloadSpec[], start: Start): Promise<void> {
  const pending: Promise<OwnedWorkload>[] = [];
  try {
    for (const spec of specs) {
      const workload = start(spec);
      // Its failure is told below, where all are waited for: what was begun must be known before it can be undone.
      workload.catch(() => {});
      pending.push(workload);
      if (spec.handlers) await untilHookDone(host, spec, await workload);
    }
  } finally {
    await settleAll(...pending);
  }
}

/** A pod that ends by itself takes its sidecars along: they hold one end of a pipe, the workloads they serve the other. */
function openLifetimePipe(
  { kernel }: Host,
  specs: readonly WorkloadSpec[],
): Partial<Record<LifetimePipe['kind'], LifetimePipe>> {
  const serves = specs.some(({ phase }) => phase === 'sidecar');
  const ends = specs.some(({ phase, restart }) => phase === undefined && restart !== 'always');
  if (!serves || !ends) return {};
  const [readEnd, writeEnd] = pipe(kernel, 'tells the sidecars that the workloads they serve have ended');
  return {
    'stop-on-eof': { kind: 'stop-on-eof', fd: readEnd },
    'hold-open': { kind: 'hold-open', fd: writeEnd },
  };
}

/** Waits until an init container has succeeded, through all the tries that its pod's policy allows. */
async function untilDone(
  host: Host,
  pod: LockedPod,
  spec: WorkloadSpec,
  workload: OwnedWorkload,
  tell: Tell,
): Promise<void> {
  for (;;) {
    const word = await host.interrupts.race(workload.next());
    if (word.said === 'exited' && word.code === 0) return;
    if (word.said === 'started' || word.said === 'startup-done') continue;
    if (word.said === 'exited' && (await isTriedAgain(host, pod, spec))) {
      tell(`init container "${pod.intent.name}/${spec.name}" ${ended(word)}: it will be tried again`);
      continue;
    }
    throw failure(pod, spec, ended(word));
  }
}

/** Waits until a sidecar serves: its hook has run and its startup probe has succeeded, where it has them. */
async function untilBegun(
  host: Host,
  pod: LockedPod,
  spec: WorkloadSpec,
  workload: OwnedWorkload,
): Promise<void> {
  const waits = spec.handlers?.some(({ when }) => when === 'post-start' || when === 'startup');
  if (!waits) return;
  for (;;) {
    const word = await host.interrupts.race(workload.next());
    if (word.said === 'startup-done') return;
    if (word.said === 'nothing') throw failure(pod, spec, 'ended before it had begun');
  }
}

/** A hook that fails ends its workload, and the policy decides what then: that is no failure of the pod. */
async function untilHookDone(
  { interrupts }: Host,
  { handlers }: WorkloadSpec,
  workload: OwnedWorkload,
): Promise<void> {
  const has = (wanted: string) => handlers?.some(({ when }) => when === wanted) ?? false;
  // With a startup probe the shim's next word comes later than the end of the hook.
  if (has('post-start') && !has('startup')) await interrupts.race(workload.next());
}

/** Whether its shim will start it again: it has said that it ended, and writes down what it does about it. */
async function isTriedAgain(host: Host, pod: LockedPod, { name, restart }: WorkloadSpec): Promise<boolean> {
  if (restart === 'no') return false;
  const state = () => readWorkload(pod.files, name)?.status.state ?? 'exited';
  await host.until(() => state() !== 'running', 1000);
  return state() === 'waiting' || state() === 'running';
}

function ended(word: Word): string {
  if (word.said !== 'exited') return 'ended without saying how';
  return word.signal > 0 ? `was killed by signal ${word.signal}` : `exited with status ${word.code}`;
}

/** Its log goes with the pod: its last words are worth having now. */
function failure(pod: LockedPod, { name }: WorkloadSpec, how: string): OperationError {
  const words = lastLine(workloadFiles(pod.files, name).log);
  return new OperationError(`pod "${pod.intent.name}": container "${name}" ${how}`, {
    ...(words !== undefined && { hint: `its last words were: ${words}` }),
  });
}
