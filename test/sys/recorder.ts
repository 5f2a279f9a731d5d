import type { Kernel } from '../../src/sys/invoke.ts';
import type { CallArgument, CallName } from '../../src/sys/libc.ts';
import type { Event } from '../../src/transcript/event.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

export interface Recorder extends Kernel {
  /** What reached the C library. */
  readonly calls: [name: CallName, ...args: CallArgument[]][];
  /** What stands in the transcript. */
  readonly events: Event[];
}

/** A number is returned; `{ errno }` is a failure; a function decides by the arguments. */
type Answer = number | { readonly errno: number } | ((args: readonly CallArgument[]) => Answer);

/** A kernel that does nothing and writes down what it was asked: for tests without root. */
export function recorder(answers: Partial<Record<CallName, Answer>> = {}): Recorder {
  const calls: Recorder['calls'] = [];
  const events: Event[] = [];
  const transcript = new Transcript((event) => events.push(event));
  const libc: Kernel['libc'] = (name, args) => {
    calls.push([name, ...args]);
    let answer = answers[name] ?? 0;
    while (typeof answer === 'function') answer = answer(args);
    return typeof answer === 'number' ? { result: answer, errno: 0 } : { result: -1, errno: answer.errno };
  };
  return { libc, transcript, calls, events };
}
