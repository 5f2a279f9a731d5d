import type { ShareKind } from '../../spec/pod-spec.ts';
import type { Origin } from '../../spec/workload-spec.ts';

/** One way to start a container: Docker's options, and nslab's origins. */
export interface Mode {
  /** As typed; X is a running container. */
  readonly words: readonly string[];
  /** The same for nslab. Undefined: nslab has no such default. */
  readonly ours?: Partial<Record<ShareKind, Origin | 'X'>>;
}

const NET = '--network=container:X';
const IPC = '--ipc=container:X';

/** A namespace that no option names is new, with Docker and with nslab. */
export const MODES: readonly Mode[] = [
  { words: [] },
  { words: [NET], ours: { net: 'X' } },
  { words: [NET, IPC], ours: { net: 'X', ipc: 'X' } },
  { words: [NET, IPC, '--pid=container:X'], ours: { net: 'X', ipc: 'X', pid: 'X' } },
  { words: [NET, '--uts=host'], ours: { net: 'X', uts: 'host' } },
  { words: ['--network=none'], ours: {} },
  { words: ['--network=none', '--ipc=host'], ours: { ipc: 'host' } },
  { words: ['--network=none', '--pid=host'], ours: { pid: 'host' } },
  { words: ['--network=host'], ours: { net: 'host' } },
];
