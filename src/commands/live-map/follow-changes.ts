import { type KernelEvents, listenToKernel } from '../../events/kernel-events.ts';
import { podFiles, podNames } from '../../pod/store.ts';
import { changesBetween, takeSnapshot } from '../../service/state-events.ts';
import { watchState } from '../../service/watch-state.ts';
import type { Kernel } from '../../sys/invoke.ts';
import { LINK_GROUPS, RULES_GROUPS } from '../../sys/netlink/groups.ts';
import type { Spawn } from '../../sys/spawn.ts';
import { type GlobalOptions, stateRoot } from '../globals.ts';
import { knownProcesses } from '../known-processes.ts';

/** What may change a map: links, addresses, network namespaces and rules by the kernel's groups; pods and workloads by their records. */
export interface Changes {
  /** Calls `changed` after each change, until `stop`. */
  follow(changed: () => void): Promise<void>;
  /** At the second call at once. */
  stop(): void;
  close(): void;
}

/** Listens from now on. Call `prepareWindow` first. */
export function listenForChanges(host: { kernel: Kernel; spawn: Spawn }, globals: GlobalOptions): Changes {
  const root = stateRoot(globals);
  const silent = () => {};
  const source: KernelEvents = listenToKernel(
    host,
    {
      pods: () => podNames(root).map((name) => [`pod ${name}`, podFiles(root, name).netns] as const),
      owners: () => knownProcesses(globals, silent),
    },
    // Who has which address is read with the map itself.
    { nameOf: () => undefined, learn: silent },
    { route: LINK_GROUPS, netfilter: RULES_GROUPS },
  );
  let before = takeSnapshot(root);
  let stops = 0;
  return {
    stop: () => (stops++ === 0 ? source.relay.stop() : source.relay.kill()),
    close: () => {
      source.relay.stop();
      source.close();
    },
    async follow(changed) {
      const state = watchState(root, () => {
        const now = takeSnapshot(root);
        if (changesBetween(before, now, 0n).length > 0) changed();
        before = now;
      });
      try {
        for await (const { events, lost } of source.batches()) {
          if (events.length === 0 && !lost) continue;
          changed();
          // A pod whose holder was killed by hand is told by nothing but the end of its namespace.
          state.soon();
        }
        await source.relay.finished;
      } finally {
        state.close();
      }
    },
  };
}
