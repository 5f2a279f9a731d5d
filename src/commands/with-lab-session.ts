import { LabSession } from '../lab/lab-session.ts';
import type { Asked } from '../lab/text-reporter.ts';
import { errnoWords } from '../sys/errors.ts';
import type { Event } from '../transcript/event.ts';
import { explain } from '../transcript/explain.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, say, stateRoot } from './globals.ts';

/** A session that takes back what was made on it, whatever happens; the first interrupt is heeded between two steps. */
export async function withLabSession<T>(
  globals: GlobalOptions,
  work: (session: LabSession, asked: () => readonly Asked[]) => Promise<T>,
): Promise<T> {
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  // What a learner sees are commands that he can type himself.
  const session = new LabSession({ stateDir: stateRoot(globals), transcript, warn: say, driver: 'ip' });
  const stop = listen(session);
  try {
    return await work(session, collect(transcript));
  } finally {
    // Still listening: an interrupt now is the first or the second, and the undoing is done or left to gc.
    await session.unwind().finally(stop);
  }
}

function listen(session: LabSession): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const heed = (signal: NodeJS.Signals) => session.interrupts.raise(signal);
  for (const signal of signals) process.on(signal, heed);
  return () => {
    for (const signal of signals) process.off(signal, heed);
  };
}

/** What changes something, as the transcript has it, each time since the last: in the order in which it was begun. */
function collect(transcript: Transcript): () => readonly Asked[] {
  let found: Event[] = [];
  transcript.attach((event) => {
    if (teaches(event)) found.push(event);
  });
  return () => {
    const all = found.sort((a, b) => a.t - b.t).map(asked);
    found = [];
    return all;
  };
}

function asked(event: Event): Asked {
  const { call, result, lines } = explain(event, (errno) => errnoWords(errno)[0]);
  const shell = event.channel === 'spawn' ? [] : lines.flatMap(({ shell }) => shell ?? []);
  return { call: `${call} = ${result}`, shell };
}

/** Locks, records, pipes and the furniture of a private root have their place in `nslab transcript`. */
function teaches({ channel, call, args, subject, equivalent }: Event): boolean {
  // What the holder's shim does goes on beside the wiring: it comes now before it and now after.
  if (channel === 'shim' && subject === undefined) return false;
  if (channel === 'shim') return MOVES.includes(call) && !args.endsWith('CLONE_NEWNS') && args !== 'SIGCHLD';
  return !(equivalent === 'exit' || /^-j/.test(args) || OF_NO_INTEREST.includes(call));
}

const MOVES = ['unshare', 'setns', 'clone', 'pivot_root', 'sethostname', 'execve'];
const OF_NO_INTEREST = ['flock', 'pipe2', 'close_range', 'pidfd_open', 'rename'];
