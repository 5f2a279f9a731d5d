import type { Writable } from 'node:stream';
import { isCancel, select, text } from '@clack/prompts';
import type { LabSession } from '../lab/lab-session.ts';
import { OUT, type Prompter } from '../lab/run-lab.ts';
import { fill } from '../lab/text/fill.ts';
import type { Words } from '../lab/text/words.ts';
import { plain } from '../render/plain.ts';
import { Interrupted } from '../sys/interrupts.ts';

/** Asks at a terminal. Each question takes Ctrl-C, which leaves at once with status 130: the session undoes everything. */
export class Terminal {
  readonly #session: LabSession;
  readonly #output: Writable;
  readonly words: Words;

  constructor(session: LabSession, output: Writable, words: Words) {
    this.#session = session;
    this.#output = output;
    this.words = words;
  }

  choose<Value extends string>(message: string, options: readonly Choice<Value>[]): Promise<Value> {
    return this.#answer((common) =>
      select<string>({ ...common, message: plain(message), options: [...options] }),
    ) as Promise<Value>;
  }

  /** One line. `refuses` says why it is no answer. */
  line(
    message: string,
    placeholder: string,
    refuses: (line: string) => string | undefined = () => undefined,
  ): Promise<string> {
    return this.#answer<string | undefined>((common) =>
      text({
        ...common,
        message: plain(message),
        placeholder,
        validate: (line) => refuses((line ?? '').trim()),
      }),
    ).then((line) => (line ?? '').trim());
  }

  /** How to get into the pods from another terminal. */
  lookAround(): string {
    const commands = this.#session.pods().map((name) => `ip netns exec ${name} bash`);
    const { ask } = this.words;
    return fill(ask.lookAround, { commands: commands.length > 0 ? commands.join(' · ') : ask.noPodYet });
  }

  async #answer<T>(
    open: (common: { output: Writable; signal: AbortSignal }) => Promise<T | symbol>,
  ): Promise<T> {
    const answer = await open({ output: this.#output, signal: this.#session.leaving.signal });
    // In raw mode Ctrl-C is a key and no signal.
    if (isCancel(answer)) throw new Interrupted(this.#session.interrupts.raised ?? 'SIGINT');
    return answer as T;
  }
}

interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
}

/** Prompts at a terminal: continue, go back or leave after each step, and predictions before it. */
export function openTerminalPrompter(terminal: Terminal): Prompter {
  const { ask } = terminal.words;
  const go = { value: 'go', label: ask.next } as const;
  const out = { value: LEAVE, label: ask.out } as const;
  return {
    begin: async () => (await terminal.choose(ask.start, [go, out])) === 'go',
    async next(number, of) {
      const back = { value: 'back', label: number > 1 ? ask.back : ask.again } as const;
      const last = { value: 'go', label: ask.end } as const;
      const options = number === of ? [last, back] : [go, back, out];
      const answer = await terminal.choose(terminal.lookAround(), options);
      return answer === LEAVE ? OUT : answer;
    },
    async guess({ question, choices, label }) {
      const options = choices.map((value) => ({ value, label: plain(label(value)) }));
      const answer = await terminal.choose<string>(question, [...options, out]);
      return answer === LEAVE ? OUT : answer;
    },
  };
}

/** No choice of a prediction is called so. */
const LEAVE = '\u0000out';
