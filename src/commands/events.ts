import { listenToKernel } from '../events/kernel-events.ts';
import type { NetnsSources } from '../events/namespaces.ts';
import { prepareWindow } from '../ns/window.ts';
import { requireRoot } from '../pod/require-root.ts';
import { podFiles, podNames } from '../pod/store.ts';
import { eventJson, eventLine } from '../render/event-line.ts';
import { changesBetween, takeSnapshot } from '../service/state-events.ts';
import { watchState } from '../service/watch-state.ts';
import { EVENT_TYPES, type EventType, type ObservedEvent } from '../spec/observed-event.ts';
import { InputError } from '../sys/errors.ts';
import { openLibc } from '../sys/libc.ts';
import { readNumber } from '../sys/number.ts';
import { readMaybe } from '../sys/procfs.ts';
import { openSpawn } from '../sys/spawn.ts';
import { wallClock } from '../sys/wall-clock.ts';
import { Transcript } from '../transcript/transcript.ts';
import { AddressNames } from './address-names.ts';
import { attachSinks, type GlobalOptions, printNotice, stateRoot } from './globals.ts';
import { knownProcesses } from './known-processes.ts';
import { loadWiring } from './load-wiring.ts';
import { checkFormat } from './output-format.ts';
import { printPaced } from './print.ts';
import { forwardSignals } from './signals.ts';

export interface EventsOptions {
  readonly output?: string;
  readonly count?: string;
}

/** `nslab events`: what changes on this machine, as it happens, until a signal: status 0. Nothing is on record from before. */
export async function events(
  words: readonly string[],
  options: EventsOptions,
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'json']);
  const limit =
    options.count === undefined ? Number.POSITIVE_INFINITY : readNumber('--count', options.count, 'positive');
  const types = new Set(words.length === 0 ? EVENT_TYPES : words.map(checkType));
  requireRoot('what happens in network namespaces is told to root alone');
  const root = stateRoot(globals);
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  await prepareWindow();
  const kernel = { libc: await openLibc(), transcript };
  const names = new AddressNames(root, await loadWiring(false, globals));
  const source = listenToKernel({ kernel, spawn: openSpawn(transcript) }, netnsSources(root, globals), names);

  let left = limit;
  let printing = Promise.resolve();
  const print = (all: readonly ObservedEvent[]) => {
    const wanted = all.filter(({ type }) => types.has(type)).slice(0, left);
    left -= wanted.length;
    const lines = wanted.map(format === 'json' ? eventJson : eventLine);
    printing = printing.then(() => printPaced(lines));
    if (left === 0) source.relay.stop();
    // The reader of our output has ended: that is told where it is waited for.
    printing.catch(() => source.relay.stop());
  };
  let snapshot = takeSnapshot(root);
  const state = watchState(root, () => {
    const before = snapshot;
    snapshot = takeSnapshot(root);
    print(changesBetween(before, snapshot, wallClock()));
  });
  let signals = 0;
  const undo = forwardSignals(() => (signals++ === 0 ? source.relay.stop() : source.relay.kill()));
  if (types.has('conntrack') && !tellsOfConnections())
    printNotice('this kernel does not tell of connections: see sysctl net.netfilter.nf_conntrack_events');
  printNotice('listening; Ctrl-C ends it');
  try {
    for await (const { events: batch, lost } of source.batches()) {
      if (lost) printNotice('more happened than could be read: some events are lost');
      print(batch);
      // A pod whose holder was killed by hand is told by nothing but the end of its namespace.
      if (batch.some(({ type, action }) => type === 'namespace' && action === 'removed')) state.soon();
      await printing;
    }
    await source.relay.finished;
    await printing;
    return 0;
  } finally {
    undo();
    state.close();
    source.relay.stop();
    source.close();
  }
}

function netnsSources(root: string, globals: GlobalOptions): NetnsSources {
  return {
    pods: () => podNames(root).map((name) => [`pod ${name}`, podFiles(root, name).netns] as const),
    owners: () => knownProcesses(globals),
  };
}

/** Asked when its group was joined: that loads the module, where it is one. */
function tellsOfConnections(): boolean {
  return !['', '0'].includes(readMaybe('/proc/sys/net/netfilter/nf_conntrack_events')?.trim() ?? '');
}

function checkType(word: string): EventType {
  const found = EVENT_TYPES.find((each) => each === word);
  if (!found)
    throw new InputError(`no type of events "${word}"`, { hint: `one of ${EVENT_TYPES.join(', ')}` });
  return found;
}
