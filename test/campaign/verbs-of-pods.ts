import { fileURLToPath } from 'node:url';
import { nslab } from './program.ts';
import type { Trial } from './trial.ts';
import { SLEEPER } from './verbs-of-workloads.ts';
import { podIsWhole, workloadIsWhole } from './wholeness.ts';

/** The article's pod; one with many other objects; one that ends by itself. */
const article = fileURLToPath(new URL('../../scripts/labs/two-containers.yaml', import.meta.url));
const rich = fileURLToPath(new URL('rich-pod.yaml', import.meta.url));
const brief = fileURLToPath(new URL('brief-pod.yaml', import.meta.url));

const pod = { program: nslab, pod: 'web', prepare: [] };

/** By its arguments: a pod of another state directory may have a holder, too. */
const KILL_HOLDER =
  "pkill -9 -xf '.*/pause web'; while pgrep -xf '.*/pause web' >/dev/null; do sleep 0.02; done";

/** A hold that was killed in its wiring: network, lease, holder, name and veth pair are there, the commit is not. */
const halfMade = `strace -qq -o /dev/null -e trace=setns -e inject=setns:signal=SIGKILL:when=4 \
  ${nslab.argv.join(' ')} hold web -p 8080:80 --driver ip; [ $? = 137 ] && while pgrep -x 'ip|nft' >/dev/null; do sleep 0.02; done`;

const whole =
  (...workloads: string[]): NonNullable<Trial['isWhole']> =>
  async (host, trial) => {
    // The commit must exist: without it, an uncommitted workload may still run.
    if (!(await podIsWhole(host, trial))) return false;
    for (const workload of workloads) if (!(await workloadIsWhole(host, trial, workload))) return false;
    return true;
  };

const HOLD: Trial = { ...pod, name: 'hold', verb: ['hold', 'web'] };
export const HOLD_PORT: Trial = { ...pod, name: 'hold -p', verb: ['hold', 'web', '-p', '8080:80'] };
export const DOWN: Trial = {
  ...pod,
  name: 'down, with a port and a workload',
  prepare: [['hold', 'web', '-p', '8080:80'], SLEEPER],
  verb: ['down', 'web'],
  isWhole: (host, trial) => workloadIsWhole(host, trial, 'w'),
  undoes: true,
};
export const UP: Trial = {
  ...pod,
  name: 'up -d',
  pod: 'pod-two-container',
  verb: ['up', '-d', '-f', article],
  isWhole: whole('nginx', 'busybox'),
};

export const PODS: readonly Trial[] = [
  HOLD,
  HOLD_PORT,
  // Each pod is whole or gone, and the second does not exist without the first.
  { ...pod, name: 'hold, of two', verb: ['hold', 'web', 'second'], undo: [['down', 'web', 'second']] },
  { ...pod, name: 'down', prepare: [['hold', 'web']], verb: ['down', 'web'], undoes: true },
  DOWN,
  {
    ...pod,
    name: 'gc, of a pod whose holder was killed',
    prepare: [['hold', 'web', '-p', '8080:80'], SLEEPER, KILL_HOLDER],
    verb: ['gc'],
    undoes: true,
  },
  { ...pod, name: 'gc, of a half-made pod', prepare: [halfMade], verb: ['gc'], undoes: true },
  UP,
  {
    ...pod,
    name: 'down -f',
    pod: 'pod-two-container',
    prepare: [['up', '-d', '-f', article]],
    verb: ['down', '-f', article],
    isWhole: whole('nginx', 'busybox'),
    undoes: true,
  },
  {
    ...pod,
    name: 'up -d, of a pod with everything',
    pod: 'rich',
    verb: ['up', '-d', '-f', rich],
    isWhole: whole('main', 'side'),
  },
  {
    ...pod,
    name: 'down, of a pod with everything',
    pod: 'rich',
    prepare: [['up', '-d', '-f', rich]],
    verb: ['down', 'rich'],
    isWhole: whole('main', 'side'),
    undoes: true,
  },
  {
    // The pod ends with its command: after a kill at any call no pod may be whole, and one gc leaves nothing.
    ...pod,
    name: 'up, in the foreground',
    pod: 'brief',
    verb: ['up', '-f', brief],
    isWhole: async () => false,
  },
];
