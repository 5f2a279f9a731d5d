import { chooseDrill, runDrill } from '../lab/drill.ts';
import { labsNamed, whyNot } from '../lab/lab-list.ts';
import { palette } from '../render/palette.ts';
import { readNumber } from '../spec/number.ts';
import { InputError } from '../sys/errors.ts';
import { type GlobalOptions, say } from './globals.ts';
import { print } from './print.ts';
import { withLabSession } from './with-lab-session.ts';

/** `nslab lab drill [NAME]`: one thing is broken; find it, and mend it. */
export async function labDrill(
  name: string | undefined,
  { seed }: { seed?: string },
  globals: GlobalOptions,
): Promise<number> {
  const chosen = seed === undefined ? Math.floor(Math.random() * 1e9) : readNumber('--seed', seed, 'seed');
  if (!(process.stdin.isTTY && process.stdout.isTTY))
    throw new InputError('a drill asks questions: it needs a terminal');
  const wanted = await labsNamed([name ?? 'all']);
  const reasons = await Promise.all(wanted.map(whyNot));
  const labs = wanted.filter((_, at) => reasons[at] === undefined);
  const drill = chooseDrill(labs, chosen);
  if (!drill)
    throw new InputError('there is nothing to break in it', {
      hint: 'nslab lab list says how many faults each has',
    });
  say(`seed ${chosen}`);
  const { openCandidate } = await import('./learner.ts');
  const colors = palette(process.stdout, globals.color);
  const candidate = openCandidate((text) => print(text, colors), colors);
  return withLabSession(globals, async (session) => ((await runDrill(drill, session, candidate)) ? 0 : 3));
}
