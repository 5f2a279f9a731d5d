import { fileURLToPath } from 'node:url';
import type { Trial } from './kill.ts';
import { nslab } from './program.ts';
import { podIsWhole, workloadIsWhole } from './wholeness.ts';

/** R2: `kill -9` at any system call of a changing verb; then one gc, or a whole pod. */
const pod = { program: nslab, pod: 'web', prepare: [] };
const sleeper = [
  'run',
  '-d',
  '--name',
  'w',
  '--network=container:web',
  '--ipc=container:web',
  '--',
  'sleep',
  '1000',
];

/** A hold that was killed in its wiring: network, lease, holder, name and veth pair are there, the commit is not. */
const halfMade = `strace -qq -o /dev/null -e trace=setns -e inject=setns:signal=SIGKILL:when=4 \
  ${nslab.argv.join(' ')} hold web -p 8080:80; [ $? = 137 ] && sleep 0.2`;

/** The article's pod, and one with everything else that takes its time to make: init, sidecar, volumes, files, a port. */
const article = fileURLToPath(new URL('../../scripts/labs/two-containers.yaml', import.meta.url));
const rich = fileURLToPath(new URL('rich-pod.yaml', import.meta.url));
const whole =
  (...workloads: string[]): NonNullable<Trial['isWhole']> =>
  async (host, trial) => {
    // Committed at all: a workload alone may run that its maker had not let go.
    if (!(await podIsWhole(host, trial))) return false;
    for (const workload of workloads) if (!(await workloadIsWhole(host, trial, workload))) return false;
    return true;
  };

export const TRIALS: readonly Trial[] = [
  { ...pod, name: 'hold', verb: ['hold', 'web'] },
  { ...pod, name: 'hold -p', verb: ['hold', 'web', '-p', '8080:80'] },
  { ...pod, name: 'down', prepare: [['hold', 'web']], verb: ['down', 'web'] },
  {
    ...pod,
    name: 'down, with a port and a workload',
    prepare: [['hold', 'web', '-p', '8080:80'], sleeper],
    verb: ['down', 'web'],
  },
  {
    ...pod,
    name: 'run -d',
    prepare: [['hold', 'web']],
    verb: sleeper,
    isWhole: (host, trial) => workloadIsWhole(host, trial, 'w'),
    undoneTo: 'prepared',
  },
  {
    ...pod,
    name: 'gc, of a pod whose holder was killed',
    prepare: [['hold', 'web', '-p', '8080:80'], sleeper, 'kill -9 $(ip netns pids web | head -1); sleep 0.1'],
    verb: ['gc'],
  },
  { ...pod, name: 'gc, of a half-made pod', prepare: [halfMade], verb: ['gc'] },
  {
    ...pod,
    name: 'up -d',
    pod: 'pod-two-container',
    verb: ['up', '-d', '-f', article],
    isWhole: whole('nginx', 'busybox'),
  },
  {
    ...pod,
    name: 'down -f',
    pod: 'pod-two-container',
    prepare: [['up', '-d', '-f', article]],
    verb: ['down', '-f', article],
    isWhole: whole('nginx', 'busybox'),
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
  },
];
