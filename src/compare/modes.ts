import { randomBytes } from 'node:crypto';
import type { Host } from '../pod/host.ts';
import { Engine, type PrintCommand } from './engine/engine.ts';
import { measureOurs, type OurOptions } from './modes/measure-ours.ts';
import { measureTheirs } from './modes/measure-theirs.ts';
import type { SavedModes } from './modes/saved-modes.ts';
import { type ModeVerdict, modeVerdicts } from './modes/verdicts.ts';

export { modesAsMarkdown, modesAsText } from './modes/format-modes.ts';
export { readSavedModes } from './modes/saved-modes.ts';

/** The same beside what an engine did on another machine, or is documented to do. */
export async function compareModesSaved(
  host: Host,
  options: OurOptions,
  { of, theirs }: SavedModes,
): Promise<{ readonly of: string; readonly modes: ModeVerdict[] }> {
  return {
    of,
    modes: modeVerdicts(theirs, await measureOurs(host, options, randomBytes(4).toString('hex'))),
  };
}

/** Measures which namespaces a container shares in each mode, with Docker and with nslab. */
export async function compareModesLive(
  host: Host,
  options: OurOptions,
  print: PrintCommand,
): Promise<{ readonly of: string; readonly modes: ModeVerdict[] }> {
  const run = randomBytes(4).toString('hex');
  const check = () => host.interrupts.check();
  const engine = await Engine.find(run, print);
  try {
    const theirs = await measureTheirs(engine, run, check);
    const ours = await measureOurs(host, options, run);
    return { of: engine.name, modes: modeVerdicts(theirs, ours) };
  } finally {
    await engine.cleanUp();
  }
}
