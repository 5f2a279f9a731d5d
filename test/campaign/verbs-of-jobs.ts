import { fileURLToPath } from 'node:url';
import { nslab } from './program.ts';
import type { Trial } from './trial.ts';
import { podIsWhole } from './wholeness.ts';

const ended = fileURLToPath(new URL('ended-job.yaml', import.meta.url));

/** What the supervisors of a Job's pods do when it has finished, and its time to live has passed. */
export const DOWN_FINISHED: Trial = {
  program: nslab,
  name: 'down --finished, of a Job',
  pod: 'job-0',
  prepare: [['up', '-d', '-f', ended], 'while pgrep -x shim >/dev/null; do sleep 0.02; done'],
  verb: ['down', '--finished', 'UID', 'job-0'],
  uidOf: 'job-0',
  // Each pod is whole or gone: between the two, it is written down of the first alone that it ends.
  isWhole: async (host, trial) =>
    (await podIsWhole(host, trial, 'Completed')) ||
    (await podIsWhole(host, { ...trial, pod: 'job-1' }, 'Completed')),
  undo: [['down', '--ignore-not-found', '-f', ended]],
  undoes: true,
};
