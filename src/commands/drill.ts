import { chooseDrill, runDrill } from '../lab/drill.ts';
import { labsNamed, whyNot } from '../lab/lab-list.ts';
import { palette } from '../render/palette.ts';
import { InputError } from '../sys/errors.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { withLabSession } from './with-lab-session.ts';

/** `nslab lab drill [NAME]`: injects a fault; the learner finds and repairs it. Status 3 when the learner gives up. */
export async function labDrill(
  name: string | undefined,
  { seed }: { seed?: string },
  globals: GlobalOptions,
): Promise<number> {
  if (seed !== undefined && !/^\d{1,9}$/.test(seed)) throw new InputError(`--seed "${seed}" is not a number`);
  if (!(process.stdin.isTTY && process.stdout.isTTY))
    throw new InputError('a drill asks questions: it needs a terminal');
  const chosen = seed === undefined ? Math.floor(Math.random() * 1e9) : Number(seed);
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
  const learner = openTerminalLearner(
    (text) => void process.stdout.write(text),
    palette(process.stdout, globals.color),
  );
  return withLabSession(globals, async (session) => ((await runDrill(drill, session, learner)) ? 0 : 3));
}
