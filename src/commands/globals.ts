import { openSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultRoot } from '../pod/store.ts';
import type { When } from '../render/palette.ts';
import { plainLines } from '../render/plain.ts';
import { InputError } from '../sys/errors.ts';
import { refuseUnsafe } from '../sys/state-dir.ts';
import { type Transcript, toFile } from '../transcript/transcript.ts';

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
  process.stderr.write(`nslab: ${plainLines(line)}\n`);
}

/** Lets the transcript be seen while it is written: `-v` on stderr, `--transcript FILE` as JSON lines. */
export async function attachSinks(
  transcript: Transcript,
  { verbose, transcript: file, color }: GlobalOptions,
): Promise<void> {
  if (verbose) {
    // Only who wants to read it waits for what it takes to explain it.
    const { openTeller } = await import('./telling.ts');
    const tell = openTeller(process.stderr, color, { bytes: verbose > 1 });
    transcript.attach((event) => void process.stderr.write(`${tell(event)}\n`));
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
