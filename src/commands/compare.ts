import writeFileAtomic from 'write-file-atomic';
import { lookAtOurs, lookAtTheirs } from '../compare/live.ts';
import { profileOr } from '../compare/profiles.ts';
import { recordedFile } from '../compare/recorded.ts';
import { asDocument, asMarkdown, asText } from '../compare/tell.ts';
import { isExplained, judge } from '../compare/verdict.ts';
import { json } from '../render/output.ts';
import { plainLines } from '../render/plain.ts';
import { errorCode, InputError, OperationError } from '../sys/errors.ts';
import { checkFormat } from './format.ts';
import { type GlobalOptions, say } from './globals.ts';
import { openChangingSession } from './session.ts';

export interface CompareOptions {
  readonly output?: string;
  readonly docker?: string;
  readonly save?: string;
  readonly saved?: string;
}

/** `nslab compare docker`: our pod beside Docker's, fact by fact; 3 when a difference has no reason. */
export async function compareDocker(options: CompareOptions, globals: GlobalOptions): Promise<number> {
  const format = checkFormat(options.output ?? 'table', FORMATS);
  const containers = containersOf(options);
  const recorded = options.saved === undefined ? undefined : profileOr(options.saved);
  const { doors, root } = await openChangingSession(globals);
  // One after the other, so that neither waits for the other's processor.
  const theirs = recorded ?? (await lookAtTheirs(doors.interrupts, openTell(globals), containers));
  const ours = await lookAtOurs(doors.interrupts, { stateDir: root, diary: doors.diary, warn: say });
  doors.interrupts.check();
  if (options.save !== undefined) save(options.save, recordedFile(theirs));
  const comparison = { theirs, ours, rows: judge(theirs, ours) };
  const told = {
    json: () => json(asDocument(comparison)),
    markdown: () => asMarkdown(comparison),
    table: () => asText(comparison, columns()),
  };
  process.stdout.write(told[format]());
  return isExplained(comparison.rows) ? 0 : 3;
}

/** `nslab compare modes`: who shares what in every mode, measured now; 3 when a difference has no reason. */
export async function compareModes(options: { output?: string }, globals: GlobalOptions): Promise<number> {
  const format = checkFormat(options.output ?? 'table', FORMATS);
  const { compareModesLive, modesAsMarkdown, modesAsText } = await import('../compare/modes.ts');
  const { doors, root } = await openChangingSession(globals);
  const mine = { stateDir: root, diary: doors.diary, warn: say };
  const { of, modes } = await compareModesLive(doors, mine, openTell(globals));
  const told = {
    json: () => json({ kind: 'ComparedModes', theirs: of, modes }),
    markdown: () => modesAsMarkdown(of, modes),
    table: () => modesAsText(of, modes, columns()),
  };
  process.stdout.write(told[format]());
  return modes.some(({ verdict }) => verdict === 'different') ? 3 : 0;
}

const FORMATS = ['table', 'json', 'markdown'] as const;

function columns(): number {
  return process.stdout.columns ?? 140;
}

/** With -v, what is said to the engine, as it would be typed. */
function openTell({ verbose }: GlobalOptions): (line: string) => void {
  return (line) => {
    if (verbose) process.stderr.write(`$ ${plainLines(line)}\n`);
  };
}

function containersOf({ docker, save, saved }: CompareOptions): string[] | undefined {
  if (saved !== undefined && (docker !== undefined || save !== undefined))
    throw new InputError('--saved is instead of an engine: it goes with neither --docker nor --save');
  if (docker === undefined) return undefined;
  const names = docker.split(',').filter(Boolean);
  if (names.length === 3) return names;
  throw new InputError(`--docker "${docker}" does not name three containers`, {
    hint: 'the one that keeps the namespaces, nginx, busybox: --docker pause,nginx,busybox',
  });
}

function save(path: string, document: object): void {
  try {
    writeFileAtomic.sync(path, `${JSON.stringify(document, null, 2)}\n`, { fsync: false, mode: 0o644 });
  } catch (error) {
    throw new OperationError(`cannot write ${path}: ${errorCode(error)}`, { cause: error });
  }
}
