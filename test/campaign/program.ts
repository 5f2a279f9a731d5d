import { fileURLToPath } from 'node:url';

/** The program under test, as a pretend host starts it. */
export interface Program {
  readonly argv: readonly string[];
  readonly stateDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds: a verb that takes longer counts as hanging. */
  readonly timeout?: number;
  /** Milliseconds for which what a verb has left may go by itself. */
  readonly patience?: number;
}

/** The built command line, which users run and which starts three times faster than the sources. */
export const nslab: Program = {
  argv: ['node', process.env.NSLAB_CLI ?? fileURLToPath(new URL('../../dist/nslab.cjs', import.meta.url))],
  stateDir: '/run/nslab',
};
