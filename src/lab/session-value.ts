import type { LabSession } from './lab-session.ts';

/** A value that an action passes to the evidence of the same session. It lives as long as the session. */
export class SessionValue<T> {
  readonly #values = new WeakMap<LabSession, T>();
  readonly #initial: T;

  constructor(initial: T) {
    this.#initial = initial;
  }

  of(session: LabSession): T {
    return this.#values.get(session) ?? this.#initial;
  }

  set(session: LabSession, value: T): void {
    this.#values.set(session, value);
  }
}
