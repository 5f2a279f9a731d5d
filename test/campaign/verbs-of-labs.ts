import { nslab } from './program.ts';
import type { Trial } from './trial.ts';

/** A lab leaves nothing behind after its end, and nothing after a kill and one gc. */
const lab = { program: nslab, pod: 'web', prepare: [], isWhole: async () => false } as const;

/**
 * A lab that starts sixteen programs of the machine, one that creates a veth pair itself, one that creates two networks and a rule; and
 * those with Services, with a server of names, and with NetworkPolicies and traces.
 */
export const LABS: readonly Trial[] = [
  { ...lab, name: 'lab run namespaces', verb: ['lab', 'run', 'namespaces'] },
  { ...lab, name: 'lab run wire', verb: ['lab', 'run', 'wire'] },
  { ...lab, name: 'lab run egress', verb: ['lab', 'run', 'egress'] },
  { ...lab, name: 'lab run service', verb: ['lab', 'run', 'service'] },
  { ...lab, name: 'lab run names', verb: ['lab', 'run', 'names'] },
  { ...lab, name: 'lab run policy-and-trace', verb: ['lab', 'run', 'policy-and-trace'] },
];
