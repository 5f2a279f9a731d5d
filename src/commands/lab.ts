import { faultsOf } from '../lab/drill.ts';
import { type LabReport, openJsonReporter } from '../lab/json-reporter.ts';
import type { Lab } from '../lab/lab.ts';
import { allLabs, labsNamed, whyNot } from '../lab/lab-list.ts';
import { runLab, UNATTENDED } from '../lab/run-lab.ts';
import { openTextReporter } from '../lab/text-reporter.ts';
import { json } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { table } from '../render/table.ts';
import { InputError } from '../sys/errors.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { clearScreen, print } from './print.ts';
import { withLabSession } from './with-lab-session.ts';

export interface LabOptions {
  readonly step?: boolean;
  readonly keep?: boolean;
  readonly output?: string;
}

/** `nslab lab list`: lists the lessons; `-o json` adds why one cannot run here. */
export async function labList(options: { output?: string }): Promise<number> {
  const format = checkFormat(options.output ?? 'table', ['table', 'json']);
  const facts = async (lab: Lab) => {
    const { name, title, goal, steps } = lab;
    const whyNotHere = (await whyNot(lab)) ?? null;
    return { name, title, goal, steps: steps.length, faults: faultsOf(lab).length, whyNot: whyNotHere };
  };
  const items = await Promise.all((await allLabs()).map(facts));
  if (format === 'json') print(json({ kind: 'LabList', items }));
  else {
    const rows = items.map(({ name, steps, faults, title }) => [name, String(steps), String(faults), title]);
    print(`${table(['LAB', 'STEPS', 'FAULTS', 'TITLE'], rows)}\n`);
  }
  return 0;
}

/** `nslab lab show NAME`: prints goal, drawing, steps and checks, and runs nothing. */
export async function labShow(names: readonly string[]): Promise<number> {
  for (const { title, goal, drawing, steps } of await labsNamed(names)) {
    print(`${title}\n${goal}\n${drawing.replace(/\s+$/, '')}\n\n`);
    for (const [index, step] of steps.entries()) {
      print(`${index + 1}. ${step.goal}\n`);
      for (const { says } of step.checks) print(`     ${says}\n`);
    }
  }
  return 0;
}

/** `nslab lab run NAME… | all`: runs lessons. Status 3 when a check fails. */
export async function labRun(
  names: readonly string[],
  options: LabOptions,
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'json']);
  if (options.step && !(process.stdin.isTTY && process.stdout.isTTY))
    throw new InputError('--step asks questions: it needs a terminal', {
      hint: 'without --step a lab runs unattended',
    });
  const reports: (LabReport | Skipped)[] = [];
  let failed = 0;
  for (const lab of await labsNamed(names)) {
    const reason = await whyNot(lab);
    if (reason === undefined)
      failed += await runOne(lab, { ...options, format }, globals, (report) => reports.push(report));
    else {
      printNotice(`lab "${lab.name}" is skipped: ${reason}`);
      reports.push({ kind: 'LabReport', lab: lab.name, skipped: reason });
    }
  }
  if (format === 'json') print(json({ kind: 'LabReportList', items: reports }));
  return failed > 0 ? 3 : 0;
}

interface Skipped {
  readonly kind: 'LabReport';
  readonly lab: string;
  readonly skipped: string;
}

async function runOne(
  lab: Lab,
  { step, keep, format }: LabOptions & { readonly format: string },
  globals: GlobalOptions,
  done: (report: LabReport) => void,
): Promise<number> {
  return withLabSession(globals, async (session, takeCalls) => {
    const colors = palette(process.stdout, globals.color);
    const write = (text: string) => print(text, colors);
    const { rows = 24, columns = 80 } = process.stdout;
    const text = { write, clear: clearScreen, colors, takeCalls, ...(step && { screen: { rows, columns } }) };
    const reporter = format === 'json' ? openJsonReporter(takeCalls, done) : openTextReporter(text);
    const prompter = step
      ? (await import('./terminal-prompts.ts')).openTerminalPrompter(session)
      : UNATTENDED;
    const failed = await runLab(lab, session, reporter, prompter);
    if (keep) {
      printNotice(`kept: ${session.pods().join(' ')} (remove them: nslab down ${session.pods().join(' ')})`);
      await session.keep();
    }
    return failed;
  });
}
