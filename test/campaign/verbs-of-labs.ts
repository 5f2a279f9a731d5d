import { nslab } from './program.ts';
import type { Trial } from './trial.ts';

/** A lab leaves nothing, whether it has come to its end or was killed on the way: one gc is enough. */
const lab = { program: nslab, pod: 'web', prepare: [], isWhole: async () => false } as const;

/** One that makes a cable of its own, and one that makes two networks and a rule. */
export const LABS: readonly Trial[] = [
  { ...lab, name: 'lab run wire', verb: ['lab', 'run', 'wire'] },
  { ...lab, name: 'lab run egress', verb: ['lab', 'run', 'egress'] },
];
