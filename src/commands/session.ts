import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Doors, openDoors } from '../pod/doors.ts';
import { collect } from '../pod/gc.ts';
import { openPlan } from '../pod/plan.ts';
import { defaultRoot } from '../pod/store.ts';
import { palette, type When } from '../render/palette.ts';
import { errnoWords, InputError, OperationError } from '../sys/errors.ts';
import { refuseUnsafe } from '../sys/shelf.ts';
import { Diary, toFile } from '../transcript/diary.ts';
import { eventLine, planLine } from '../transcript/text.ts';

/** The options that stand before the command. */
export interface GlobalOptions {
  readonly stateDir?: string;
  readonly verbose?: number;
  readonly transcript?: string;
  readonly color?: When;
}

/** What a command works with. */
export interface Session {
  /** The state directory. */
  readonly root: string;
  readonly doors: Doors;
  /** Says on stdout what was done, by a name that the next command can be given. Not when it was only planned. */
  announce(name: string): void;
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
export function attachSinks(diary: Diary, { verbose, transcript, color }: GlobalOptions): void {
  const { dim } = palette(process.stderr, color);
  if (verbose) {
    const errnoName = (errno: number) => errnoWords(errno)[0];
    diary.attach((event) => void process.stderr.write(`${dim(eventLine(event, errnoName))}\n`));
  }
  if (transcript !== undefined)
    diary.attach(toFile(openTranscript(transcript), (error) => say(error.message)));
}

/** Opens the doors for a command. */
export async function openSession(globals: GlobalOptions): Promise<Session> {
  const root = stateRoot(globals);
  const diary = new Diary();
  attachSinks(diary, globals);
  return {
    root,
    doors: await openDoors(diary, say),
    announce: (name) => void process.stdout.write(`${name}\n`),
  };
}

/**
 * Opens the doors for a verb that changes something: as root, with what earlier ones left removed first, and with an
 * interrupt that asks the verb to undo what it did. A second one leaves at once; gc does the rest then.
 */
export async function openChangingSession(
  globals: GlobalOptions,
  { dryRun = false }: Changing = {},
): Promise<Session> {
  if (dryRun) return openPlannedSession(globals);
  requireRoot();
  const session = await openSession(globals);
  const { doors, root } = session;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => doors.interrupts.raise(signal));
  }
  await collect(doors, root, 'quiet', ({ what, why }) => say(`removed ${what}: ${why}`));
  return session;
}

/** The option that all changing verbs have. */
export interface Changing {
  readonly dryRun?: boolean;
}

/** The plan is what is asked for, so it is data: it goes to stdout, with the pid that stands in by its role. */
async function openPlannedSession(globals: GlobalOptions): Promise<Session> {
  const diary = new Diary();
  const standIn = new RegExp(`\\b${process.pid}\\b`, 'g');
  diary.attach((event) => {
    if (event.call !== 'flock' && event.call !== 'pipe2') {
      process.stdout.write(`${planLine(event).replace(standIn, 'PID')}\n`);
    }
  });
  return { root: stateRoot(globals), doors: await openPlan(diary, say), announce: () => {} };
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
