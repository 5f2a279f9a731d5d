import { nslab } from './program.ts';
import type { Trial } from './trial.ts';
import { networkIsWhole } from './wholeness.ts';

const create = ['network', 'create', 'n'];
const createPtp = [...create, '--type', 'ptp'];
const remove = ['network', 'rm', 'n'];

/** A network is whole, or gone after one gc, and its name can be used again by a network with a pod. */
const network = (make: readonly string[]) =>
  ({
    program: nslab,
    pod: 'web',
    isWhole: (host) => networkIsWhole(host, nslab, 'n'),
    undo: [remove],
    again: { make: [make, ['hold', 'web', '--network', 'n']], unmake: [['down', 'web'], remove] },
  }) as const satisfies Partial<Trial>;

export const CREATE: Trial = { ...network(create), name: 'network create', prepare: [], verb: create };

export const CREATE_PTP: Trial = {
  ...network(createPtp),
  name: 'network create --type ptp',
  prepare: [],
  verb: createPtp,
};

export const NETWORKS: readonly Trial[] = [
  CREATE,
  CREATE_PTP,
  { ...network(create), name: 'network rm', prepare: [create], verb: remove, undoes: true },
  {
    ...network(createPtp),
    name: 'network rm, of a ptp',
    prepare: [createPtp],
    verb: remove,
    undoes: true,
  },
];
