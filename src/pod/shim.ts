import { FIRST_PASSED_FD } from '../sys/descriptors.ts';
import { errnoWords, OperationError } from '../sys/errors.ts';
import { program } from '../sys/programs.ts';
import type { Program, Spawned } from '../sys/spawn.ts';
import { type Control, type Nothing, numberIn, openControl, unknownWord } from './control.ts';
import { escaped } from './escaped.ts';
import type { Host } from './host.ts';
import type { Joined } from './target.ts';

/** What a shim says on its control socket. */
export type Word =
  | { readonly said: 'started'; readonly pid: number }
  | { readonly said: 'ready' | 'hook-done' | 'startup-done' | 'stopping' | 'again' | 'ended' }
  | { readonly said: 'failed'; readonly step: string; readonly errno: number }
  | { readonly said: 'exited'; readonly code: number; readonly signal: number }
  | Nothing;

/** What is given to a shim besides its options. See native/README.md. */
export interface ShimOptions {
  readonly verb: 'run' | 'exec';
  readonly options: readonly string[];
  readonly command: readonly string[];
  /** The workload that it is for. */
  readonly subject?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly joined: ReadonlyArray<Pick<Joined, 'fd'> & { readonly kind: string }>;
  readonly output: readonly [
    stdin: 'ignore' | 'pipe' | number,
    stdout: number | 'pipe',
    stderr: number | 'pipe',
  ];
  /** Descriptor of the status record. */
  readonly record: number | 'ignore';
  readonly transcript: number | 'ignore';
  readonly session: Program['session'];
}

/** A running shim, and the socket between us and it. */
export type Shim = Spawned & Control<Word>;

const PURPOSES = {
  run: 'a shim for each workload: Node, with its threads, may not join or make all kinds of namespaces',
  exec: 'a shim that joins the namespaces and starts the command in them',
};

/** Starts a shim. It does nothing that lasts until it is told to `go`. */
export function startShim(host: Pick<Host, 'spawn'>, options: ShimOptions): Shim {
  const spawned = spawnShim(host, options, 'pipe');
  return { ...spawned, ...openControl(spawned, parse) };
}

/** The same where another process speaks with it: `control` is the shim's end of a socket. */
export function spawnShim(
  host: Pick<Host, 'spawn'>,
  options: ShimOptions,
  control: number | 'pipe',
): Spawned {
  const file = program('shim');
  const joins = options.joined.flatMap(({ kind }, index) => [`--${kind}`, String(FIRST_PASSED_FD + index)]);
  const given = escaped([...joins, ...options.options, '--', ...options.command], options.env);
  return host.spawn({
    file,
    argv: [file, options.verb, ...given.words],
    stdio: [
      ...options.output,
      control,
      options.record,
      options.transcript,
      ...options.joined.map(({ fd }) => fd),
    ],
    env: given.env,
    purpose: PURPOSES[options.verb],
    bornInto: "the host's namespaces",
    session: options.session,
    ...(options.subject !== undefined && { subject: options.subject }),
  });
}

function parse(line: string): Word {
  const [said, first = '', second = ''] = line.split(' ');
  switch (said) {
    case 'started':
      return { said, pid: numberIn(line, first, 'pid') };
    case 'ready':
    case 'hook-done':
    case 'startup-done':
    case 'stopping':
    case 'again':
    case 'ended':
      return { said };
    case 'failed':
      return { said, step: first, errno: numberIn(line, second, 'errno') };
    case 'exited':
      return { said, code: numberIn(line, first, 'exitCode'), signal: numberIn(line, second, 'signal') };
    default:
      throw unknownWord(line);
  }
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
        code: isExec || step === 'chdir' ? 'ERR_COMMAND_NOT_STARTED' : undefined,
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
