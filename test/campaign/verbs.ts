import type { Trial } from './kill.ts';
import { nslab } from './program.ts';
import { workloadIsWhole } from './wholeness.ts';

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
];
