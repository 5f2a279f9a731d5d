import { randomBytes } from 'node:crypto';
import type { Host } from '../pod/host.ts';
import { Engine, type Tell } from './engine/engine.ts';
import { measureOurs, type OurOptions } from './modes/ours.ts';
import { measureTheirs } from './modes/theirs.ts';
import { type ModeVerdict, modeVerdicts } from './modes/verdicts.ts';

export { modesAsMarkdown, modesAsText } from './modes/format.ts';

/** Who shares what in every mode that the engine of this machine has, beside the same words of ours: measured now. */
export async function compareModesLive(
  host: Host,
  options: OurOptions,
  tell: Tell,
): Promise<{ readonly of: string; readonly modes: ModeVerdict[] }> {
  const run = randomBytes(4).toString('hex');
  const check = () => host.interrupts.check();
  const engine = await Engine.find(run, tell);
  try {
    const theirs = await measureTheirs(engine, run, check);
    const ours = await measureOurs(host, options, run);
    return { of: engine.name, modes: modeVerdicts(theirs, ours) };
  } finally {
    await engine.leave();
  }
}
