import { type Options, Pod } from '../api/pod.ts';
import { defaultRoot } from '../pod/store.ts';
import { findTarget, runningProcess } from '../pod/target.ts';
import { identify } from '../sys/procfs.ts';
import type { ComparedPod, Role } from './compared-pod.ts';
import type { Measured } from './measurements.ts';
import { type DisposablePod, killed } from './restart-behaviour.ts';

/** What busybox does in the article. */
export const LOOP = ['sh', '-c', 'while true; do echo hello; sleep 1; done'];

const NGINX = ['nginx', '-g', 'daemon off;'];

/** The same pod, ours. It ends with `pod`, and with us. */
export async function makeOurPod(
  run: string,
  options: Options,
  check: () => void,
): Promise<Measured & { readonly pod: Pod }> {
  const name = `compare-${run}`;
  const times: Partial<Record<Role, number>> = {};
  const timed = async <T>(role: Role, make: Promise<T>): Promise<T> => {
    const begun = performance.now();
    const made = await make;
    times[role] = performance.now() - begun;
    return made;
  };
  const pod = await timed('pause', Pod.create({ name, ...options }));
  try {
    check();
    const nginx = await timed('nginx', pod.run({ name: 'nginx', command: NGINX }));
    check();
    const busybox = await timed('busybox', pod.run({ name: 'busybox', command: LOOP }));
    const pids = { pause: pod.pid, nginx: nginx.pid, busybox: busybox.pid };
    return { pod, trio: { pids, meanings: { [name]: 'the name of the pod' } }, times };
  } catch (error) {
    await pod.destroy();
    throw error;
  }
}

/** The same, to be killed: as in Kubernetes, what is started again is another workload in the same pod. */
export function ourDisposablePod(pod: Pod, { trio: { pids } }: Measured): DisposablePod {
  const processes = new Map(Object.entries(pids).map(([role, pid]) => [role, identify(pid)]));
  return {
    pids,
    kill: (role) => killed(processes.get(role)),
    again: async (role) => (await pod.run({ name: `${role}-again`, command: NGINX })).pid,
  };
}

/** A pod that runs already, and two workloads of it: nginx, busybox. */
export function ourComparedPod(
  [name = '', nginx = 'nginx', busybox = 'busybox']: readonly string[],
  root = defaultRoot(),
): ComparedPod {
  const pod = findTarget(root, name);
  const process = (workload: string) => runningProcess(findTarget(root, `${name}/${workload}`)).pid;
  return {
    pids: { pause: runningProcess(pod).pid, nginx: process(nginx), busybox: process(busybox) },
    meanings: { [pod.pod.intent.name]: 'the name of the pod' },
  };
}
