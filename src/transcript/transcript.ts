import { writeSync } from 'node:fs';
import type { Event, Step } from './event.ts';

/** Whatever wants to know of each event as it happens: a file, the terminal, a test. */
export type Sink = (event: Event) => void;

/** An event before it has happened: the transcript adds the clock, the pid, the step and the outcome. */
export type Call = Pick<Event, 'channel' | 'call' | 'args' | Facts>;

/** Facts that not every event has. */
type Facts = 'subject' | 'argv' | 'inside' | 'input' | 'bytes' | 'equivalent';

/** How an action ended, for actions that report a status instead of throwing. */
export type Outcome = Pick<Event, 'result' | 'errno'>;

/** Asks the kernel what is so now. Called right after the event, and only when somebody keeps the transcript. */
export type Evidence = () => readonly string[];

/**
 * The transcript of one verb, or of one pod's life. Every channel writes here and nothing else does, so that what is shown
 * is what happened and never a story told beside the code.
 */
export class Transcript {
  /** The step that events belong to from now on. */
  step: Step | undefined;
  readonly #sinks: Sink[];
  #spent = 0n;

  constructor(...sinks: Sink[]) {
    this.#sinks = sinks;
  }

  attach(sink: Sink): void {
    this.#sinks.push(sink);
  }

  detach(sink: Sink): void {
    const at = this.#sinks.indexOf(sink);
    if (at >= 0) this.#sinks.splice(at, 1);
  }

  /** Whether anybody wants to know. */
  get isWatched(): boolean {
    return this.#sinks.length > 0;
  }

  /** Collects the events from now on, for a transcript that has no place yet, until `stop`. */
  gather(): { readonly events: readonly Event[]; stop(): void } {
    const events: Event[] = [];
    const sink: Sink = (event) => events.push(event);
    this.attach(sink);
    return { events, stop: () => this.detach(sink) };
  }

  /** What keeping this transcript has taken until now, in nanoseconds: asking for evidence, and writing. */
  get spent(): number {
    return Number(this.#spent);
  }

  /** Starts the clock of an event; the function returned writes it, once its outcome is known. */
  begin(what: Call): (outcome: Outcome, evidence?: Evidence) => void {
    const start = process.hrtime.bigint();
    const step = this.step;
    return (outcome, evidence) => {
      const end = process.hrtime.bigint();
      if (!this.isWatched) return;
      const { channel, call, args, ...facts } = what;
      const found = evidence === undefined ? [] : ask(evidence);
      this.relay({
        t: Number(start),
        channel,
        who: process.pid,
        ...(step && { step }),
        call,
        args,
        ...facts,
        ...outcome,
        us: Number((end - start) / 1000n),
        ...(found.length > 0 && { evidence: found }),
      });
      this.#spent += process.hrtime.bigint() - end;
    };
  }

  /** Passes on an event that another process has written. */
  relay(event: Event): void {
    for (const sink of this.#sinks) sink(event);
  }
}

/** Looking must not spoil what it looks at: a process may be gone by now, a file of /proc unreadable. */
function ask(evidence: Evidence): readonly string[] {
  try {
    return evidence();
  } catch {
    return [];
  }
}

/**
 * Writes each event as one JSON line, by one write(2). The descriptor must be O_APPEND: several processes share the
 * file, and only then is a line never torn. A full disk loses lines, not the verb: the transcript serves the pod, not
 * the other way round.
 */
export function toFile(fd: number, onLoss: (error: Error) => void): Sink {
  const write = openWriter(fd, onLoss);
  return (event) => write(`${JSON.stringify(event)}\n`);
}

/**
 * The same, with the events of each step together in one write(2): a pod has forty, and as many writes would take as long
 * as its network. Whoever is killed in the middle of a step loses the lines of that step, and its pod with them.
 */
export function toFileByStep(fd: number, onLoss: (error: Error) => void): { sink: Sink; flush(): void } {
  const write = openWriter(fd, onLoss);
  let lines: string[] = [];
  let step: Step | undefined;
  const flush = () => {
    if (lines.length > 0) write(lines.join(''));
    lines = [];
  };
  const sink: Sink = (event) => {
    if (event.step !== step) flush();
    step = event.step;
    lines.push(`${JSON.stringify(event)}\n`);
  };
  return { sink, flush };
}

function openWriter(fd: number, onLoss: (error: Error) => void): (text: string) => void {
  let lost = false;
  return (text) => {
    try {
      writeSync(fd, text);
    } catch (error) {
      if (!lost) onLoss(error as Error);
      lost = true;
    }
  };
}
