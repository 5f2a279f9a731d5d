import { accessSync, constants, existsSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultRoot } from '../pod/store.ts';
import { palette, type When } from '../render/palette.ts';
import { plain } from '../render/plain.ts';
import { OperationError } from '../sys/errors.ts';
import { refuseUnsafe } from '../sys/state-dir.ts';
import { type Transcript, toFile } from '../transcript/transcript.ts';
import { printError } from './print.ts';
import { transcriptFailure } from './write-failure.ts';

/** The options before the command. */
export interface GlobalOptions {
  readonly stateDir?: string;
  readonly verbose?: number;
  readonly transcript?: string;
  readonly color?: When;
}

/** The state directory. Refused when another user could write to it. */
export function stateRoot({ stateDir }: GlobalOptions): string {
  const root = stateDir === undefined ? defaultRoot() : resolve(stateDir);
  refuseUnreadable(root);
  refuseUnsafe(root);
  return root;
}

/** Root's state directory is closed to other users. */
function refuseUnreadable(root: string): void {
  if (process.geteuid?.() === 0 || !existsSync(root)) return;
  try {
    accessSync(root, constants.R_OK | constants.X_OK);
  } catch (cause) {
    throw new OperationError(`this needs root: the state directory ${root} cannot be read by this user`, {
      cause,
      hint: 'run nslab as root: sudo nslab …',
    });
  }
}

/** Prints one line on stderr: stdout is for data. */
export function printNotice(line: string): void {
  printError(`nslab: ${plain(line)}\n`);
}

/** Prints the transcript while it is written: `-v` to stderr, `--transcript FILE` as JSON lines. */
export async function attachSinks(
  transcript: Transcript,
  { verbose, transcript: file, color }: GlobalOptions,
): Promise<void> {
  if (verbose) {
    // Imported on demand: it would slow every command down.
    const { openEventFormatter } = await import('./format-event.ts');
    const colors = palette(process.stderr, color);
    const format = openEventFormatter(colors, { bytes: verbose > 1 });
    transcript.attach((event) => printError(`${format(event)}\n`, colors));
  }
  if (file !== undefined)
    transcript.attach(toFile(openTranscript(file), (error) => printNotice(error.message)));
}

function openTranscript(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw transcriptFailure(path, error);
  }
}
