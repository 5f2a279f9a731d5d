import { LabSession } from '../lab/lab-session.ts';
import type { ExplainedCall } from '../lab/text-reporter.ts';
import { errnoWords } from '../sys/errors.ts';
import type { Event } from '../transcript/event.ts';
import { explain } from '../transcript/explain.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice, stateRoot } from './globals.ts';

/** Runs `work` with a session that is undone afterwards, also on failure. The first interrupt takes effect between two steps. */
export async function withLabSession<T>(
  globals: GlobalOptions,
  work: (session: LabSession, takeCalls: () => readonly ExplainedCall[]) => Promise<T>,
): Promise<T> {
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  // The ip driver: each printed command can be typed by hand.
  const session = new LabSession({
    stateDir: stateRoot(globals),
    transcript,
    warn: printNotice,
    driver: 'ip',
  });
  const stopListening = interruptOnSignal(session);
  try {
    return await work(session, collectCalls(transcript, Boolean(globals.verbose)));
  } catch (error) {
    // Ctrl-C reaches the tools of a step, too: that they fail is then no fault of the lab.
    session.interrupts.check();
    throw error;
  } finally {
    // Still listening: a first signal does not stop the undo, a second one leaves the rest to gc.
    await session.unwind().finally(stopListening);
  }
}

function interruptOnSignal(session: LabSession): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const heed = (signal: NodeJS.Signals) => {
    session.interrupts.raise(signal);
    session.leaving.abort();
  };
  for (const signal of signals) process.on(signal, heed);
  return () => {
    for (const signal of signals) process.off(signal, heed);
  };
}

/** Returns the changing calls since its last invocation, in order of their start. */
function collectCalls(transcript: Transcript, verbose: boolean): () => readonly ExplainedCall[] {
  let found: Event[] = [];
  transcript.attach((event) => {
    if (isOfInterest(event)) found.push(event);
  });
  return () => {
    const all = found.sort((a, b) => a.t - b.t).map((event) => explained(event, verbose));
    found = [];
    return all;
  };
}

function explained(event: Event, verbose: boolean): ExplainedCall {
  const { call, result, lines } = explain(event, (errno) => errnoWords(errno)[0]);
  // How nslab starts its own programs is no lesson of a lab.
  const hidden = event.channel === 'spawn' && event.equivalent === undefined;
  const shown = (shell: string | undefined) => (verbose ? shell : shell?.replaceAll(QUEUES, ''));
  return {
    call: `${call} = ${result}`,
    lines: lines.map((each) => ({ ...each, shell: hidden ? undefined : shown(each.shell) })),
  };
}

/** One queue for each direction costs less memory; to a learner it is noise. net/operations.ts */
const QUEUES = / numtxqueues \d+ numrxqueues \d+/g;

/** Leaves out locks, records, pipes and the mounts of a private root: `nslab transcript` prints them. */
function isOfInterest({ channel, call, args, subject, equivalent }: Event): boolean {
  // The holder's shim runs concurrently with the wiring: the order of its calls differs from run to run.
  if (channel === 'shim' && subject === undefined) return false;
  if (channel === 'shim')
    return SHIM_CALLS.includes(call) && !args.endsWith('CLONE_NEWNS') && args !== 'SIGCHLD';
  return !(equivalent === 'exit' || /^-j/.test(args) || OMITTED.includes(call));
}

const SHIM_CALLS = ['unshare', 'setns', 'clone', 'pivot_root', 'sethostname', 'execve'];
const OMITTED = ['flock', 'pipe2', 'socketpair', 'close_range', 'pidfd_open', 'rename'];
