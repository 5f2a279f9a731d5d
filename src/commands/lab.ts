import { faultsOf } from '../lab/drill.ts';
import { both, type LabReport, openJsonReporter } from '../lab/json-reporter.ts';
import type { Lab } from '../lab/lab.ts';
import { allLabs, labsNamed, whyNot } from '../lab/lab-list.ts';
import { type LabOutcome, type Reporter, runLab, UNATTENDED } from '../lab/run-lab.ts';
import { chooseLanguage, type Language, wordsOf } from '../lab/text/language.ts';
import type { ExplainedCall } from '../lab/text-reporter.ts';
import { openTextReporter } from '../lab/text-reporter.ts';
import { json } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { plainLines } from '../render/plain.ts';
import { table } from '../render/table.ts';
import { wrapped } from '../render/wrap.ts';
import { InputError } from '../sys/errors.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { clearScreen, print, printError } from './print.ts';
import { withLabSession } from './with-lab-session.ts';

export interface LabOptions {
  readonly step?: boolean;
  readonly keep?: boolean;
  readonly output?: string;
  readonly lang?: string;
}

/** `nslab lab list`: lists the lessons; `-o json` adds why one cannot run here. */
export async function labList(options: Pick<LabOptions, 'output' | 'lang'>): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'json']);
  const facts = async (lab: Lab) => {
    const { name, title, goal, steps } = lab;
    const whyNotHere = (await whyNot(lab)) ?? null;
    return { name, title, goal, steps: steps.length, faults: faultsOf(lab).length, whyNot: whyNotHere };
  };
  const items = await Promise.all((await allLabs(chooseLanguage(options.lang))).map(facts));
  if (format === 'json') print(json({ kind: 'LabList', items }));
  else {
    const rows = items.map(({ name, steps, faults, title }) => [name, String(steps), String(faults), title]);
    print(`${table(['LAB', 'STEPS', 'FAULTS', 'TITLE'], rows)}\n`);
  }
  return 0;
}

/** `nslab lab show NAME`: prints goal, drawing, steps and checks, and runs nothing. */
export async function labShow(names: readonly string[], { lang }: Pick<LabOptions, 'lang'>): Promise<number> {
  const line = (text: string) => print(`${wrapped(text, process.stdout.columns || 1000)}\n`);
  for (const { title, goal, drawing, steps } of await labsNamed(names, chooseLanguage(lang))) {
    line(title);
    line(goal);
    print(`${plainLines(drawing).replace(/\s+$/, '')}\n\n`);
    for (const [index, step] of steps.entries()) {
      line(`${index + 1}. ${step.goal}`);
      for (const { says } of step.checks) line(`     ${says}`);
    }
  }
  return 0;
}

/** `nslab lab run NAME… | all`: runs lessons. Status 3 when a check fails, 130 when the user leaves. */
export async function labRun(
  names: readonly string[],
  options: LabOptions,
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'json']);
  const language = chooseLanguage(options.lang);
  if (options.step) refuseWithoutTerminal('--step asks questions', format);
  const reports: (LabReport | Skipped)[] = [];
  const outcomes: LabOutcome[] = [];
  const run = { ...options, format, language, done: (report: LabReport) => reports.push(report) };
  for (const lab of await labsNamed(names, language)) {
    const reason = await whyNot(lab);
    if (reason === undefined) outcomes.push(await runOne(lab, run, globals));
    else {
      printNotice(`lab "${lab.name}" is skipped: ${reason}`);
      reports.push({ kind: 'LabReport', lab: lab.name, skipped: reason });
    }
    if (outcomes.at(-1)?.left) break;
  }
  if (format === 'json') print(json({ kind: 'LabReportList', items: reports }));
  if (outcomes.at(-1)?.left) return INTERRUPTED;
  return outcomes.some(({ failed }) => failed > 0) ? 3 : 0;
}

/** As after Ctrl-C: what was asked for is not done, and everything is undone. */
const INTERRUPTED = 130;

/** Questions are asked on stdout, or on stderr when stdout is for the report. */
export function refuseWithoutTerminal(what: string, format: string): void {
  const output = format === 'json' ? process.stderr : process.stdout;
  if (process.stdin.isTTY && output.isTTY) return;
  throw new InputError(`${what}: it needs a terminal`, {
    hint: 'without --step a lab runs unattended; -o json prints the report on stdout and asks on stderr',
  });
}

interface Skipped {
  readonly kind: 'LabReport';
  readonly lab: string;
  readonly skipped: string;
}

interface OneRun extends LabOptions {
  readonly format: string;
  readonly language: Language;
  done(report: LabReport): void;
}

async function runOne(lab: Lab, run: OneRun, globals: GlobalOptions): Promise<LabOutcome> {
  return withLabSession(globals, async (session, takeCalls) => {
    const words = await wordsOf(run.language);
    const output = run.format === 'json' ? process.stderr : process.stdout;
    const calls = takenByAll(takeCalls);
    const reporters = [
      ...(run.format === 'json' ? [openJsonReporter(calls.take(), run.done)] : []),
      ...(run.format === 'text' || run.step ? [textReporter(run, globals, words, calls.take())] : []),
    ];
    const prompts = run.step ? await import('./terminal-prompts.ts') : undefined;
    const prompter =
      prompts?.openTerminalPrompter(new prompts.Terminal(session, output, words)) ?? UNATTENDED;
    const outcome = await runLab(lab, session, both(...reporters), prompter);
    if (run.keep && !outcome.left) {
      printNotice(`kept: ${session.pods().join(' ')} (remove them: nslab down ${session.pods().join(' ')})`);
      await session.keep();
    }
    return outcome;
  });
}

function textReporter(
  { format, step }: OneRun,
  { color }: GlobalOptions,
  words: Awaited<ReturnType<typeof wordsOf>>,
  takeCalls: () => readonly ExplainedCall[],
): Reporter {
  const output = format === 'json' ? process.stderr : process.stdout;
  const colors = palette(output, color);
  const write = (text: string) => (format === 'json' ? printError : print)(text, colors);
  const { rows = 24, columns } = output;
  const clear = () => clearScreen(output);
  return openTextReporter({
    ...{ write, clear, colors, takeCalls, words },
    columns: columns || (step ? 80 : undefined),
    rows: step ? rows : undefined,
  });
}

/** Each reader gets every call once. */
function takenByAll(takeCalls: () => readonly ExplainedCall[]): { take(): () => readonly ExplainedCall[] } {
  const unread: ExplainedCall[][] = [];
  return {
    take() {
      const mine = unread.push([]) - 1;
      return () => {
        const fresh = takeCalls();
        for (const each of unread) each.push(...fresh);
        return unread[mine]?.splice(0) ?? [];
      };
    },
  };
}
