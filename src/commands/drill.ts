import { chooseDrill, runDrill } from '../lab/drill.ts';
import { labsNamed, whyNot } from '../lab/lab-list.ts';
import { palette } from '../render/palette.ts';
import { InputError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { print } from './print.ts';
import { withLabSession } from './with-lab-session.ts';

/** `nslab lab drill [NAME]`: injects a fault; the learner finds and repairs it. Status 3 when the learner gives up. */
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
  const labs = wanted.filter((_, index) => reasons[index] === undefined);
  const drill = chooseDrill(labs, chosen);
  if (!drill)
    throw new InputError('this lesson has no fault to inject', {
      hint: 'nslab lab list shows the number of faults of each',
    });
  printNotice(`seed ${chosen}`);
  const { openTerminalLearner } = await import('./terminal-prompts.ts');
  const colors = palette(process.stdout, globals.color);
  const learner = openTerminalLearner((text) => print(text, colors), colors);
  return withLabSession(globals, async (session) => ((await runDrill(drill, session, learner)) ? 0 : 3));
}
