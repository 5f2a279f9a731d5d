import { nslab } from './program.ts';
import type { Trial } from './trial.ts';
import { podIsWhole, workloadIsWhole } from './wholeness.ts';

/** `nslab run -d …`: a workload in the pod `web` that never ends. */
// biome-ignore format: a command line
export const SLEEPER = [
  'run', '-d', '--name', 'w', '--network=container:web', '--ipc=container:web', '--', 'sleep', '1000',
];

const workload = {
  program: nslab,
  pod: 'web',
  prepare: [['hold', 'web'], SLEEPER],
  isWhole: (host, trial) => workloadIsWhole(host, trial, 'w'),
} as const satisfies Partial<Trial>;

const again = nslab.argv.join(' ');

export const RUN: Trial = {
  ...workload,
  name: 'run -d',
  prepare: [['hold', 'web']],
  verb: SLEEPER,
  undoneTo: 'prepared',
};

export const WORKLOADS: readonly Trial[] = [
  RUN,
  { ...workload, name: 'exec, in a workload', verb: ['exec', 'web/w', 'true'], leavesNothing: true },
  {
    ...workload,
    name: 'exec, in a pod',
    prepare: [['hold', 'web']],
    verb: ['exec', 'web', 'sleep', '0.1'],
    isWhole: podIsWhole,
    leavesNothing: true,
  },
  // After a kill the workload may have ended: then its record must exist, and `start` must work with it.
  {
    ...workload,
    name: 'restart',
    verb: ['restart', 'web/w'],
    undoneTo: 'mendable',
    mend: [['restart', 'web/w']],
  },
  {
    ...workload,
    name: 'stop',
    verb: ['stop', 'web/w'],
    undoneTo: 'mendable',
    mend: [['restart', 'web/w']],
    undoes: true,
  },
  // Its record may exist or not: if not, the workload can be created again; if so, it can be removed.
  {
    ...workload,
    name: 'rm -f',
    verb: ['rm', '-f', 'web/w'],
    undoneTo: 'mendable',
    mend: [`! ${again} inspect web/w >/dev/null 2>&1 || ${again} rm web/w`, SLEEPER],
    undoes: true,
  },
];
