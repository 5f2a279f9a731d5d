import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultRoot } from '../pod/store.ts';
import { palette, type When } from '../render/palette.ts';
import { plain } from '../render/plain.ts';
import { InputError } from '../sys/errors.ts';
import { refuseUnsafe } from '../sys/state-dir.ts';
import { type Transcript, toFile } from '../transcript/transcript.ts';
import { printError } from './print.ts';

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
  refuseUnsafe(root);
  return root;
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
    throw new InputError(`cannot write the transcript ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
