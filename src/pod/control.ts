import type { Duplex } from 'node:stream';
import { CONTROL_FD } from '../sys/descriptors.ts';
import { OperationError } from '../sys/errors.ts';
import { type NumberKind, parseNumber } from '../sys/number.ts';
import type { Spawned } from '../sys/spawn.ts';

/** The socket between us and a shim or a supervisor, line by line. native/README.md has the words. */
export interface Control<Word> {
  /** The next word that it says; `nothing` when it has ended or let go of the socket. */
  next(): Promise<Word | Nothing>;
  say(word: 'go'): void;
  /** Lets it live without us: said, heard and answered when this is over. */
  stay(): Promise<void>;
  /** Closes the socket: unless `stay` was said, it ends. */
  letGo(): void;
}

export interface Nothing {
  readonly said: 'nothing';
}

export function openControl<Word>({ child }: Spawned, parse: (line: string) => Word): Control<Word> {
  const socket = child.stdio[CONTROL_FD] as Duplex;
  const lines = listen(socket);
  return {
    async next() {
      const { value } = await lines.next();
      return value === undefined ? { said: 'nothing' } : parse(value);
    },
    say: (word) => void socket.write(`${word}\n`),
    letGo: () => void socket.destroy(),
    async stay() {
      socket.write('stay\n');
      // The answer is the end of the socket. What was written before that is discarded.
      while ((await lines.next()).value !== undefined);
      socket.destroy();
    },
  };
}

/** A number in a word that a native program said. */
export function numberIn(line: string, word: string, kind: NumberKind): number {
  const number = parseNumber(word, kind);
  if (number === undefined) throw unknownWord(line);
  return number;
}

export function unknownWord(line: string): OperationError {
  return new OperationError(`a native program said something unknown: ${line}`);
}

/**
 * What arrives on a socket, line by line, until it is closed: by either side and however badly. When the other side goes first
 * nothing is lost: what it has written is read, and what is written to it is dropped.
 */
function listen(socket: Duplex): AsyncGenerator<string, undefined> {
  let rest = '';
  const lines: string[] = [];
  let wake = () => {};
  socket.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  socket.on('error', () => {});
  socket.on('end', () => socket.destroy());
  socket.on('close', () => wake());
  return (async function* () {
    for (;;) {
      while (lines.length > 0) yield lines.shift() as string;
      if (socket.closed) return undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  })();
}
