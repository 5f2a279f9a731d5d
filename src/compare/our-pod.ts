import { type Options, Pod } from '../pod/pod.ts';
import type { Measured } from './figures.ts';
import type { Role } from './trio.ts';

/** What busybox does in the article. */
export const LOOP = ['sh', '-c', 'while true; do echo hello; sleep 1; done'];

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
    const nginx = await timed('nginx', pod.run({ name: 'nginx', command: ['nginx', '-g', 'daemon off;'] }));
    check();
    const busybox = await timed('busybox', pod.run({ name: 'busybox', command: LOOP }));
    const pids = { pause: pod.pid, nginx: nginx.pid, busybox: busybox.pid };
    return { pod, trio: { pids, meanings: { [name]: 'the name of the pod' } }, times };
  } catch (error) {
    await pod.destroy();
    throw error;
  }
}
