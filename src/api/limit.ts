import { OperationError } from '../sys/errors.ts';
import type { Limits } from './schemas.ts';

/** What a command had written when its call ended early. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** The `signal` of a call was aborted. Its `cause` is the reason. */
export class AbortError extends OperationError {
  override readonly name = 'AbortError';
  /** Of an `exec`: what the command had written until then. */
  readonly output: Output | undefined;

  constructor(what: string, cause: unknown, output?: Output) {
    super(`${what} was aborted`, { code: 'ABORT_ERR', cause });
    this.output = output;
  }
}

/** It took longer than the `timeout` of a call. */
export class TimeoutError extends OperationError {
  override readonly name = 'TimeoutError';
  /** Of an `exec`: what the command had written until then. */
  readonly output: Output | undefined;

  constructor(what: string, seconds: number, output?: Output) {
    super(`${what} took longer than ${seconds} s`, { code: 'ERR_TIMEOUT' });
    this.output = output;
  }
}

/** What may end a call early: its timeout, and the caller's signal. The clock runs from here on. */
export class Limit {
  /** Aborted by either. */
  readonly signal: AbortSignal | undefined;
  readonly #what: string;
  readonly #timeout: number | undefined;
  readonly #caller: AbortSignal | undefined;

  /** `what`: the subject of the error. */
  constructor(what: string, { timeout, signal }: Limits) {
    this.#what = what;
    this.#timeout = timeout;
    this.#caller = signal;
    const clock = timeout === undefined ? undefined : afterSeconds(timeout);
    const signals = [signal, clock].filter((each) => each !== undefined);
    this.signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
    this.check();
  }

  /** Throws when the call must end. */
  check(output?: Output): void {
    if (this.#caller?.aborted) throw new AbortError(this.#what, this.#caller.reason, output);
    if (this.signal?.aborted) throw new TimeoutError(this.#what, this.#timeout ?? 0, output);
  }

  /** Runs what heeds the signal, and says why it ended early. */
  async run<T>(body: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
    try {
      return await body(this.signal);
    } catch (error) {
      this.check();
      throw error;
    }
  }
}

/** The timer holds it. Node 20 forgets an `AbortSignal.timeout` that only `AbortSignal.any` knows: after a collection it never comes. */
function afterSeconds(seconds: number): AbortSignal {
  const control = new AbortController();
  setTimeout(() => control.abort(), seconds * 1000).unref();
  return control.signal;
}
