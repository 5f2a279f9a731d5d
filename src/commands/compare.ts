import writeFileAtomic from 'write-file-atomic';
import { lookAtOurs, lookAtTheirs } from '../compare/live.ts';
import { profileOr } from '../compare/profiles.ts';
import { recordedFile } from '../compare/recorded.ts';
import { asDocument, asMarkdown, asText } from '../compare/tell.ts';
import { isExplained, judge } from '../compare/verdict.ts';
import { json } from '../render/output.ts';
import { errorCode, InputError, OperationError } from '../sys/errors.ts';
import { Diary } from '../transcript/diary.ts';
import { checkFormat } from './format.ts';
import { attachSinks, type GlobalOptions, say, stateRoot } from './globals.ts';
import { interruptible } from './interruptible.ts';

export interface CompareOptions {
  readonly output?: string;
  readonly docker?: string;
  readonly save?: string;
  readonly saved?: string;
}

/** `nslab compare docker`: our pod beside Docker's, fact by fact; 3 when a difference has no reason. */
export async function compareDocker(options: CompareOptions, globals: GlobalOptions): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'json', 'markdown']);
  const containers = containersOf(options);
  const recorded = options.saved === undefined ? undefined : profileOr(options.saved);
  const diary = new Diary();
  await attachSinks(diary, globals);
  const mine = { stateDir: stateRoot(globals), diary, warn: say };
  return interruptible(async (interrupts) => {
    // One after the other, so that neither waits for the other's processor.
    const theirs = recorded ?? (await lookAtTheirs(interrupts, containers));
    const ours = await lookAtOurs(interrupts, mine);
    interrupts.check();
    if (options.save !== undefined) save(options.save, recordedFile(theirs));
    const comparison = { theirs, ours, rows: judge(theirs, ours) };
    process.stdout.write(
      format === 'json'
        ? json(asDocument(comparison))
        : format === 'markdown'
          ? asMarkdown(comparison)
          : asText(comparison, process.stdout.columns ?? 140),
    );
    return isExplained(comparison.rows) ? 0 : 3;
  });
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
