import { chooseDrill, type DrillResult, runDrill } from '../lab/drill.ts';
import { allDrills, drillsNamed, whyNot } from '../lab/lab-list.ts';
import { chooseLanguage, wordsOf } from '../lab/text/language.ts';
import { json } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { InputError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { refuseWithoutTerminal } from './lab.ts';
import { checkFormat } from './output-format.ts';
import { print, printError } from './print.ts';
import { withLabSession } from './with-lab-session.ts';

export interface DrillOptions {
  readonly seed?: string;
  readonly lang?: string;
  readonly output?: string;
}

/** `nslab lab drill [NAME]`: breaks one thing of a lab, or of the whole stack; the learner finds and repairs it. Status 3: given up. */
export async function labDrill(
  name: string | undefined,
  options: DrillOptions,
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'json']);
  const { seed } = options;
  const chosen = seed === undefined ? Math.floor(Math.random() * 1e9) : readNumber('--seed', seed, 'seed');
  const language = chooseLanguage(options.lang);
  refuseWithoutTerminal('a drill asks questions', format);
  const wanted = await drillsNamed(name, language);
  const reasons = await Promise.all(wanted.map(whyNot));
  const labs = wanted.filter((_, index) => reasons[index] === undefined);
  const drill = chooseDrill(labs, chosen, await allDrills(language));
  if (!drill)
    throw new InputError('this lesson has no fault to inject', {
      hint: 'nslab lab list shows the number of faults of each',
    });
  printNotice(`seed ${chosen}`);
  const [{ Terminal }, { openTerminalLearner, scoreLine }] = await Promise.all([
    import('./terminal-prompts.ts'),
    import('./terminal-learner.ts'),
  ]);
  const output = format === 'json' ? process.stderr : process.stdout;
  const colors = palette(output, globals.color);
  const write = (text: string) => (format === 'json' ? printError : print)(text, colors);
  return withLabSession(globals, async (session) => {
    const begun = performance.now();
    const terminal = new Terminal(session, output, await wordsOf(language));
    const screen = { write, colors, columns: () => output.columns || 80 };
    const result = await runDrill(drill, session, openTerminalLearner(terminal, screen));
    write(`${colors.bold(scoreLine(terminal, result))}\n`);
    const facts = { lab: drill.lab.name, fault: drill.fault.id, seed: chosen };
    if (format === 'json') print(json(drillReport(facts, result, performance.now() - begun)));
    return result.passed ? 0 : 3;
  });
}

/** The document of a drill: `nslab lab grade` reads it. */
function drillReport(
  facts: { readonly lab: string; readonly fault: string; readonly seed: number },
  { passed, score, of, ...counts }: DrillResult,
  milliseconds: number,
): { kind: string } & Record<string, unknown> {
  const seconds = Math.round(milliseconds) / 1000;
  return { kind: 'DrillReport', ...facts, passed, score: { points: score, of }, ...counts, seconds };
}
