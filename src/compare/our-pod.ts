import type { Options } from '../api/options.ts';
import { Pod } from '../api/pod.ts';
import type { Workload } from '../api/workload.ts';
import { defaultRoot } from '../pod/store.ts';
import { findTarget, runningProcess } from '../pod/target.ts';
import { OperationError } from '../sys/errors.ts';
import { identify } from '../sys/procfs.ts';
import type { ComparedPod, Role } from './compared-pod.ts';
import type { MeasuredPod } from './measurements.ts';
import { type DisposablePod, killAndWait } from './restart-behaviour.ts';

/** The article's busybox command. */
export const LOOP = ['sh', '-c', 'while true; do echo hello; sleep 1; done'];

const NGINX = ['nginx', '-g', 'daemon off;'];

/** Makes the article's pod with nslab. It ends with `pod`, or with this process. */
export async function makeOurPod(
  run: string,
  options: Options,
  check: () => void,
): Promise<MeasuredPod & { readonly pod: Pod }> {
  const name = `compare-${run}`;
  const times: Partial<Record<Role, number>> = {};
  const timed = async <T>(role: Role, make: Promise<T>): Promise<T> => {
    const start = performance.now();
    const made = await make;
    times[role] = performance.now() - start;
    return made;
  };
  const pod = await timed('pause', Pod.create({ name, ...options }));
  try {
    check();
    const nginx = await timed('nginx', pod.run({ name: 'nginx', command: NGINX }));
    check();
    const busybox = await timed('busybox', pod.run({ name: 'busybox', command: LOOP }));
    const pids = { pause: pod.pid, nginx: pidOf(nginx), busybox: pidOf(busybox) };
    return { pod, compared: { pids, placeholders: { [name]: 'the name of the pod' } }, times };
  } catch (error) {
    await pod.destroy();
    throw error;
  }
}

/** The same pod, to be killed and restarted. As in Kubernetes, a restart is a new workload in the same pod. */
export function ourDisposablePod(pod: Pod, { compared: { pids } }: MeasuredPod): DisposablePod {
  const processes = new Map(Object.entries(pids).map(([role, pid]) => [role, identify(pid)]));
  return {
    pids,
    kill: (role) => killAndWait(processes.get(role)),
    restart: async (role) => pidOf(await pod.run({ name: `${role}-again`, command: NGINX })),
  };
}

function pidOf({ pid, name }: Workload): number {
  if (pid === undefined) throw new OperationError(`workload "${name}" has ended`);
  return pid;
}

/** A running pod and two of its workloads: nginx, busybox. */
export function ourComparedPod(
  [name = '', nginx = 'nginx', busybox = 'busybox']: readonly string[],
  root = defaultRoot(),
): ComparedPod {
  const pod = findTarget(root, name);
  const process = (workload: string) => runningProcess(findTarget(root, `${name}/${workload}`)).pid;
  return {
    pids: { pause: runningProcess(pod).pid, nginx: process(nginx), busybox: process(busybox) },
    placeholders: { [pod.pod.intent.name]: 'the name of the pod' },
  };
}
