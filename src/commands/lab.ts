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
import { checkFormat } from './format.ts';
import { type GlobalOptions, say } from './globals.ts';
import { clearScreen, print } from './print.ts';
import { withLabSession } from './with-lab-session.ts';

export interface LabOptions {
  readonly step?: boolean;
  readonly keep?: boolean;
  readonly output?: string;
}

/** `nslab lab list`: the lessons, and whether they can be run here. */
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

/** `nslab lab show NAME`: what it is about, and nothing is done. */
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

/** `nslab lab run NAME… | all`: 3 when a check has failed. */
export async function labRun(
  names: readonly string[],
  options: LabOptions,
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'json']);
  if (options.step && !(process.stdin.isTTY && process.stdout.isTTY))
    throw new InputError('--step asks questions: it needs a terminal', {
      hint: 'without it a lab runs by itself',
    });
  const reports: (LabReport | Skipped)[] = [];
  let failed = 0;
  for (const lab of await labsNamed(names)) {
    const reason = await whyNot(lab);
    if (reason === undefined)
      failed += await runOne(lab, { ...options, format }, globals, (report) => reports.push(report));
    else {
      say(`lab "${lab.name}" is skipped: ${reason}`);
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
  return withLabSession(globals, async (session, asked) => {
    const colors = palette(process.stdout, globals.color);
    const write = (text: string) => print(text, colors);
    const { rows = 24, columns = 80 } = process.stdout;
    const text = { write, clear: clearScreen, colors, asked, ...(step && { screen: { rows, columns } }) };
    const teller = format === 'json' ? openJsonReporter(asked, done) : openTextReporter(text);
    const pace = step ? (await import('./learner.ts')).openLearner(session) : UNATTENDED;
    const failed = await runLab(lab, session, teller, pace);
    if (keep) {
      say(`kept: ${session.pods().join(' ')} (take them down: nslab down ${session.pods().join(' ')})`);
      await session.keep();
    }
    return failed;
  });
}
