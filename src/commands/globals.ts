import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultRoot } from '../pod/store.ts';
import { palette, type When } from '../render/palette.ts';
import { plain } from '../render/plain.ts';
import { InputError } from '../sys/errors.ts';
import { refuseUnsafe } from '../sys/state-dir.ts';
import { type Transcript, toFile } from '../transcript/transcript.ts';
import { printError } from './print.ts';

/** The options that stand before the command. */
export interface GlobalOptions {
  readonly stateDir?: string;
  readonly verbose?: number;
  readonly transcript?: string;
  readonly color?: When;
}

/** The state directory; refused where somebody else could write in it. */
export function stateRoot({ stateDir }: GlobalOptions): string {
  const root = stateDir === undefined ? defaultRoot() : resolve(stateDir);
  refuseUnsafe(root);
  return root;
}

/** One line on stderr: data alone goes to stdout. */
export function say(line: string): void {
  printError(`nslab: ${plain(line)}\n`);
}

/** Lets the transcript be seen while it is written: `-v` on stderr, `--transcript FILE` as JSON lines. */
export async function attachSinks(
  transcript: Transcript,
  { verbose, transcript: file, color }: GlobalOptions,
): Promise<void> {
  if (verbose) {
    // Only who wants to read it waits for what it takes to explain it.
    const { openTeller } = await import('./telling.ts');
    const colors = palette(process.stderr, color);
    const tell = openTeller(colors, { bytes: verbose > 1 });
    transcript.attach((event) => printError(`${tell(event)}\n`, colors));
  }
  if (file !== undefined) transcript.attach(toFile(openTranscript(file), (error) => say(error.message)));
}

function openTranscript(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new InputError(`cannot write the transcript ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
