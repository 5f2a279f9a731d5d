import { closeSync } from 'node:fs';
import type { JobShare } from '../spec/pod-spec.ts';
import type { PodPlan, WorkloadSpec } from '../spec/workload-spec.ts';
import { OperationError } from '../sys/errors.ts';
import { settleAll } from '../sys/settle-all.ts';
import { pipe, socketPair } from '../sys/syscalls.ts';
import type { Host } from './host.ts';
import { joinJob } from './job.ts';
import { type LifetimePipe, resolveSpec } from './launch.ts';
import type { LockedPod } from './lock-pod.ts';
import { addressesOf } from './record.ts';
import { StartError } from './shim.ts';
import { hasOrder, type OwnedSupervisor, startSupervisor, type Waiting } from './supervisor.ts';
import { findFrom } from './target.ts';
import { type Turn, takeTurn } from './turn.ts';
import { makePod, type OwnedPod, type Parts } from './up.ts';
import { prepareWorkload, startWorkload } from './workload.ts';
import type { StoredSpec } from './workload-record.ts';

/**
 * Makes a pod with its workloads. Where some wait for others (init containers, sidecars, hooks), a supervisor starts them
 * in their order. It returns when all runs that starts at once: it waits for no program of the pod to end or to be ready.
 */
export async function bringUp(host: Host, root: string, plan: PodPlan): Promise<OwnedPod> {
  return makePod(host, root, plan.spec, async (pod, parts) => {
    const specs = plan.workloads(addressesOf(pod.status)[0], pod.status?.wiring[0]?.gateway);
    if (hasOrder(specs) || plan.spec.job)
      await startInOrder(host, root, pod, { specs, job: plan.spec.job }, parts);
    else await startTogether(host, root, pod, specs, parts);
  });
}

/** None waits for another. */
async function startTogether(
  host: Host,
  root: string,
  pod: LockedPod,
  specs: readonly WorkloadSpec[],
  parts: Parts,
): Promise<void> {
  const pending = specs.map(async (spec) => {
    host.interrupts.check();
    const stored = resolveSpec(host, findFrom(pod, root), pod.files, spec, true);
    parts.workloads.push(await startWorkload(host, root, pod, stored, 'log'));
  });
  // What was begun must be known before it can be undone.
  await settleAll(...pending);
}

async function startInOrder(
  host: Host,
  root: string,
  pod: LockedPod,
  { specs, job }: { readonly specs: readonly WorkloadSpec[]; readonly job: JobShare | undefined },
  parts: Parts,
): Promise<void> {
  if (job) joinJob(host, root, pod, job);
  const turn = job?.together === undefined ? undefined : takeTurn(host, root, pod, job.name, job.together);
  const lifetime = openLifetimePipe(host, specs);
  const waiting: Waiting[] = [];
  try {
    for (const [order, spec] of specs.entries()) {
      host.interrupts.check();
      const [socket, control] = socketPair(
        host.kernel,
        'the supervisor and a shim speak with each other on it',
      );
      waiting.push({ spec, socket });
      try {
        const stored = resolveSpec(host, findFrom(pod, root), pod.files, spec, true);
        const ends = [
          ...lifetimeEnds(spec, lifetime),
          ...(turn ? [{ kind: 'turn', fd: turn.own } as const] : []),
        ];
        const place = { order, ...placeIn(job, turn, spec) };
        await prepareWorkload(host, root, pod, { ...stored, ...place }, { control, lifetime: ends });
      } finally {
        closeSync(control);
      }
    }
    const supervisor = startSupervisor(host, pod, waiting, { turn, ttl: job?.ttl });
    parts.supervisor = supervisor;
    await untilSettled(host, pod, specs, supervisor);
  } finally {
    for (const fd of [...waiting.map(({ socket }) => socket), ...Object.values(lifetime).map(({ fd }) => fd)])
      closeSync(fd);
    turn?.close();
  }
}

/** What its record and its shim need to know of its Job. Only what a pod is for can fail it. */
function placeIn(
  job: JobShare | undefined,
  turn: Turn | undefined,
  { phase }: WorkloadSpec,
): Pick<StoredSpec, 'queued' | 'failsJob'> {
  return {
    ...(turn && turn.ahead.length >= turn.together && { queued: true }),
    ...(job?.failsTogether && phase !== 'sidecar' && { failsJob: true }),
  };
}

/** Until all runs that starts at once: what cannot be executed is an error of this verb, as without an order. */
async function untilSettled(
  host: Host,
  pod: LockedPod,
  specs: readonly WorkloadSpec[],
  supervisor: OwnedSupervisor,
): Promise<void> {
  for (;;) {
    const word = await host.interrupts.race(supervisor.next());
    if (word.said === 'settled') return;
    if (word.said === 'nothing')
      throw new OperationError(
        `the supervisor of pod "${pod.intent.name}" ended before it had started anything`,
      );
    if (word.said !== 'failed') continue;
    const [program = ''] = specs.find(({ name }) => name === word.name)?.command ?? [];
    throw new StartError(`workload "${pod.intent.name}/${word.name}"`, program, word);
  }
}

type Lifetime = Partial<Record<'hold-open' | 'stop-on-eof', LifetimePipe>>;

/** A pod that ends by itself takes its sidecars along: they hold one end of a pipe, the workloads they serve the other. */
function openLifetimePipe({ kernel }: Host, specs: readonly WorkloadSpec[]): Lifetime {
  const serves = specs.some(({ phase }) => phase === 'sidecar');
  const ends = specs.some(({ phase, restart }) => phase === undefined && restart !== 'always');
  if (!serves || !ends) return {};
  const [readEnd, writeEnd] = pipe(kernel, 'tells the sidecars that the workloads they serve have ended');
  return {
    'stop-on-eof': { kind: 'stop-on-eof', fd: readEnd },
    'hold-open': { kind: 'hold-open', fd: writeEnd },
  };
}

function lifetimeEnds({ phase }: WorkloadSpec, lifetime: Lifetime): LifetimePipe[] {
  const end = phase === 'sidecar' ? lifetime['stop-on-eof'] : lifetime['hold-open'];
  return end && phase !== 'init' ? [end] : [];
}
