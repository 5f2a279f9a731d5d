import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Doors, openDoors } from '../pod/doors.ts';
import { collect } from '../pod/gc.ts';
import { defaultRoot } from '../pod/store.ts';
import { errnoWords, InputError, OperationError } from '../sys/errors.ts';
import { refuseUnsafe } from '../sys/shelf.ts';
import { Diary, toFile } from '../transcript/diary.ts';
import { eventLine } from '../transcript/text.ts';

/** The options that stand before the command. */
export interface GlobalOptions {
  readonly stateDir?: string;
  readonly verbose?: number;
  readonly transcript?: string;
}

/** What a command works with. */
export interface Session {
  /** The state directory. */
  readonly root: string;
  readonly doors: Doors;
}

export function stateRoot({ stateDir }: GlobalOptions): string {
  const root = stateDir === undefined ? defaultRoot() : resolve(stateDir);
  refuseUnsafe(root);
  return root;
}

/** One line on stderr: data alone goes to stdout. */
export function say(line: string): void {
  process.stderr.write(`nslab: ${line}\n`);
}

/** Lets the diary be seen while it is written: `-v` on stderr, `--transcript FILE` as JSON lines. */
export function attachSinks(diary: Diary, { verbose, transcript }: GlobalOptions): void {
  if (verbose)
    diary.attach((event) => process.stderr.write(`${eventLine(event, (errno) => errnoWords(errno)[0])}\n`));
  if (transcript !== undefined)
    diary.attach(toFile(openTranscript(transcript), (error) => say(error.message)));
}

/** Opens the doors for a command. */
export async function openSession(globals: GlobalOptions): Promise<Session> {
  const root = stateRoot(globals);
  const diary = new Diary();
  attachSinks(diary, globals);
  return { root, doors: await openDoors(diary, say) };
}

/**
 * Opens the doors for a verb that changes something: as root, with what earlier ones left removed first, and with an
 * interrupt that asks the verb to undo what it did. A second one leaves at once; gc does the rest then.
 */
export async function openChangingSession(globals: GlobalOptions): Promise<Session> {
  requireRoot();
  const session = await openSession(globals);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => session.doors.interrupts.raise(signal));
  await collect(session.doors, session.root, 'quiet', ({ what, why }) => say(`removed ${what}: ${why}`));
  return session;
}

function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new OperationError('making namespaces and links needs CAP_SYS_ADMIN and CAP_NET_ADMIN', {
    hint: 'run nslab as root: sudo nslab …',
  });
}

function openTranscript(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new InputError(`cannot write the transcript ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
