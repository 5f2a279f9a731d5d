import { writeSync } from 'node:fs';
import type { Event, Step } from './event.ts';

/** Whatever wants to know of each event as it happens: a file, the terminal, a test. */
export type Sink = (event: Event) => void;

/** An event before it has happened: the diary adds the clock, the pid, the step and the outcome. */
export type Intent = Pick<Event, 'door' | 'call' | 'args' | 'input' | 'equivalent'>;

/** How an action ended, for actions that report a status instead of throwing. */
export type Outcome = Pick<Event, 'result' | 'errno'>;

/**
 * The diary of one verb, or of one pod's life. Every door writes here and nothing else does, so that what is shown
 * is what happened and never a story told beside the code.
 */
export class Diary {
  /** The step that events belong to from now on. */
  step: Step | undefined;
  readonly #sinks: Sink[];

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

  /** Starts the clock of an event; the function returned writes it, once its outcome is known. */
  begin(intent: Intent): (outcome: Outcome) => void {
    const start = process.hrtime.bigint();
    const step = this.step;
    return (outcome) => {
      const us = Number((process.hrtime.bigint() - start) / 1000n);
      const { door, call, args, input, equivalent } = intent;
      const event: Event = {
        t: Number(start),
        door,
        who: process.pid,
        ...(step && { step }),
        call,
        args,
        ...(input !== undefined && { input }),
        result: outcome.result,
        ...(outcome.errno !== undefined && { errno: outcome.errno }),
        us,
        ...(equivalent !== undefined && { equivalent }),
      };
      this.relay(event);
    };
  }

  /** Passes on an event that another process has written. */
  relay(event: Event): void {
    for (const sink of this.#sinks) sink(event);
  }
}

/**
 * Writes each event as one JSON line by one write(2). The descriptor must be O_APPEND: several processes share the
 * file, and only then is a line never torn. A full disk loses lines, not the verb: the diary serves the pod, not
 * the other way round.
 */
export function toFile(fd: number, onLoss: (error: Error) => void): Sink {
  let lost = false;
  return (event) => {
    try {
      writeSync(fd, `${JSON.stringify(event)}\n`);
    } catch (error) {
      if (!lost) onLoss(error as Error);
      lost = true;
    }
  };
}
