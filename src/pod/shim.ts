import type { Duplex } from 'node:stream';
import { errnoWords, OperationError } from '../sys/errors.ts';
import { type NumberKind, parseNumber } from '../sys/number.ts';
import { program } from '../sys/programs.ts';
import type { Program, Spawned } from '../sys/spawn.ts';
import { CONTROL_FD, FIRST_PASSED_FD } from './descriptors.ts';
import type { Host } from './host.ts';
import type { Joined } from './target.ts';

/** What a shim says on its control socket. */
export type Word =
  | { readonly said: 'started'; readonly pid: number }
  | { readonly said: 'startup-done' }
  | { readonly said: 'failed'; readonly step: string; readonly errno: number }
  | { readonly said: 'exited'; readonly code: number; readonly signal: number }
  | { readonly said: 'nothing' };

/** What is given to a shim besides its options. See native/README.md. */
export interface ShimOptions {
  readonly verb: 'run' | 'exec';
  readonly options: readonly string[];
  readonly command: readonly string[];
  /** The workload that it is for. */
  readonly subject?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly joined: ReadonlyArray<Pick<Joined, 'fd'> & { readonly kind: string }>;
  readonly output: readonly [stdin: 'ignore' | number, stdout: number | 'pipe', stderr: number | 'pipe'];
  /** Descriptor of the status record. */
  readonly record: number | 'ignore';
  readonly transcript: number | 'ignore';
  readonly session: Program['session'];
}

/** A running shim, and the socket between us and it. */
export interface Shim extends Spawned {
  /** The next word that it says; `nothing` when it has ended or let go of the socket. */
  next(): Promise<Word>;
  say(word: 'go'): void;
  /** Lets it live without us: said, heard and answered when this is over. */
  stay(): Promise<void>;
  letGo(): void;
}

const PURPOSES = {
  run: 'a shim for each workload: Node, with its threads, may not join or make all kinds of namespaces',
  exec: 'a shim that joins the namespaces and starts the command in them',
};

/** Starts a shim. It does nothing that lasts until it is told to `go`. */
export function startShim(host: Pick<Host, 'spawn'>, options: ShimOptions): Shim {
  const file = program('shim');
  const joins = options.joined.flatMap(({ kind }, index) => [`--${kind}`, String(FIRST_PASSED_FD + index)]);
  const spawned = host.spawn({
    file,
    argv: [file, options.verb, ...joins, ...options.options, '--', ...options.command],
    stdio: [
      ...options.output,
      'pipe',
      options.record,
      options.transcript,
      ...options.joined.map(({ fd }) => fd),
    ],
    env: options.env,
    purpose: PURPOSES[options.verb],
    bornInto: "the host's namespaces",
    session: options.session,
    ...(options.subject !== undefined && { subject: options.subject }),
  });
  const socket = spawned.child.stdio[CONTROL_FD] as Duplex;
  const words = listen(socket);
  return {
    ...spawned,
    next: async () => (await words.next()).value ?? { said: 'nothing' },
    say: (word) => void socket.write(`${word}\n`),
    letGo: () => void socket.destroy(),
    async stay() {
      socket.write('stay\n');
      // The shim answers by closing the socket. What it wrote before that is discarded.
      while ((await words.next()).value);
      socket.destroy();
    },
  };
}

/**
 * What arrives on a socket, line by line, until it is closed: by either side and however badly. When the shim goes first
 * nothing is lost: what it has written is read, and what is written to it is dropped.
 */
function listen(socket: Duplex): AsyncGenerator<Word, undefined> {
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
      while (lines.length > 0) yield parse(lines.shift() as string);
      if (socket.closed) return undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  })();
}

function parse(line: string): Word {
  const [said, first = '', second = ''] = line.split(' ');
  switch (said) {
    case 'started':
      return { said, pid: numberIn(line, first, 'pid') };
    case 'startup-done':
      return { said };
    case 'failed':
      return { said, step: first, errno: numberIn(line, second, 'errno') };
    case 'exited':
      return { said, code: numberIn(line, first, 'exitCode'), signal: numberIn(line, second, 'signal') };
    default:
      throw unknownWord(line);
  }
}

function numberIn(line: string, word: string, kind: NumberKind): number {
  const number = parseNumber(word, kind);
  if (number === undefined) throw unknownWord(line);
  return number;
}

function unknownWord(line: string): OperationError {
  return new OperationError(`the shim said something unknown: ${line}`);
}

/** A command that could not be started, with the status that every engine gives: 126, 127, or 125 for our own part. */
export class StartError extends OperationError {
  readonly status: number;

  constructor(what: string, command: string, { step, errno }: { step: string; errno: number }) {
    const [code, meaning] = errnoWords(errno);
    const isExec = step.startsWith('exec');
    super(
      isExec
        ? `${what}: cannot run "${command}": ${meaning} (${code})`
        : `${what}: ${step} failed: ${code} (${meaning})`,
      {
        hint:
          isExec && code === 'ENOENT'
            ? 'the command was not found in the PATH of the workload'
            : stepHints[step],
      },
    );
    this.status = !isExec ? 125 : ['ENOENT', 'ENOTDIR'].includes(code) ? 127 : 126;
  }
}

const stepHints: Record<string, string> = {
  overlay: 'this kernel may lack overlayfs: `nslab doctor` says',
  chdir: 'the working directory (-w) must exist where the command runs',
};
