import { OperationError } from './errors.ts';

/** A verb that was asked to stop, and has undone what it did, or says what stays. The CLI leaves with 128 and the signal's number. */
export class Interrupted extends OperationError {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, outcome = 'what was begun has been undone') {
    super(`interrupted by ${signal}: ${outcome}`);
    this.signal = signal;
  }
}

/**
 * Where a signal waits until the verb is at a point where it can stop: never between a call and the note of its
 * result. Undoing is not interrupted.
 */
export class Interrupts {
  #raised: NodeJS.Signals | undefined;
  #wake = (): void => {};
  readonly #leave: (signal: NodeJS.Signals) => void;

  constructor(leave: (signal: NodeJS.Signals) => void) {
    this.#leave = leave;
  }

  /** Notes a signal; at the second one, leaves at once. */
  raise(signal: NodeJS.Signals): void {
    if (this.#raised !== undefined) this.#leave(signal);
    this.#raised = signal;
    this.#wake();
  }

  /** Waits for something that may never come: throws when a signal comes before it. */
  async race<T>(wanted: Promise<T>): Promise<T> {
    this.check();
    const interrupted = new Promise<never>((_, reject) => {
      this.#wake = () => reject(new Interrupted(this.#raised as NodeJS.Signals));
    });
    return Promise.race([wanted, interrupted]);
  }

  /** The signal that has come. */
  get raised(): NodeJS.Signals | undefined {
    return this.#raised;
  }

  /**
   * The same before a verb commits, also for a signal that has arrived and is not delivered yet: Node delivers signals last
   * in each turn of its loop.
   */
  async heed(): Promise<void> {
    await new Promise((turned) => setImmediate(turned));
    this.check();
  }

  /** Throws when a signal has come. Called between the steps of a verb. */
  check(): void {
    if (this.#raised !== undefined) throw new Interrupted(this.#raised);
  }
}
