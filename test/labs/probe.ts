/** node probe.mjs controls LAB [PLACE/OF] | drills SEED COUNT LAB… | back LAB, in a pretend host. Prints JSON lines for labs.test.ts. */

import { chooseDrill, runDrill } from '../../src/lab/drill.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { scriptOf, textOf } from '../../src/lab/lab-list.ts';
import { LabSession } from '../../src/lab/lab-session.ts';
import { type Part, symptoms, tryControls } from '../../src/lab/negative-control.ts';
import { runLab } from '../../src/lab/run-lab.ts';
import { runLines } from '../../src/lab/run-lines.ts';
import { wordsOf } from '../../src/lab/text/language.ts';
import { localize } from '../../src/lab/text/localize.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

const [what, ...args] = process.argv.slice(2);
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function lab(file: string): Promise<Lab> {
  return localize(await scriptOf(file), await textOf(file, 'en'), await wordsOf('en'));
}

/** Calls that the labs have made without saying what for. */
const withoutPurpose: string[] = [];

async function withLabSession(work: (session: LabSession) => Promise<void>): Promise<void> {
  const session = new LabSession({
    transcript: new Transcript(({ call, purpose }) => {
      if (!purpose) withoutPurpose.push(call);
    }),
  });
  try {
    await work(session);
  } finally {
    await session.unwind();
  }
}

/** Runs the negative control of every check, or a part of them. */
async function controls(file: string, part?: Part): Promise<void> {
  await withLabSession(async (session) => {
    for await (const [{ check, step }, result] of tryControls(await lab(file), session, part))
      print({ step: step.id, check: check.id, control: check.control.id, ...result });
  });
}

/** `1/3` is the second of three. */
function partOf(text: string | undefined): Part | undefined {
  const [place = 0, of = 1] = text?.split('/').map(Number) ?? [];
  return text === undefined ? undefined : { place, of };
}

/** Drills by seed: first a wrong diagnosis and a repair that does nothing, then the correct ones. */
async function drills(first: number, count: number, files: readonly string[]): Promise<void> {
  const labs = await Promise.all(files.map(lab));
  for (let seed = first; seed < first + count; seed++)
    await withLabSession(async (session) => {
      const drill = chooseDrill(labs, seed);
      if (!drill) throw new Error('nothing to break');
      let shown: readonly string[] = [];
      const left = async () =>
        (await symptoms(drill.lab, session)).filter(({ check }) => shown.includes(check.symptom)).length;
      let diagnoses = 0;
      let repairs = 0;
      const hints: (string | undefined)[] = [];
      const notYet: string[] = [];
      const result = await runDrill(drill, session, {
        showSymptoms: (_, __, all) => {
          shown = all;
        },
        async diagnose({ choices, fault }) {
          diagnoses++;
          if (diagnoses === 1) return 'hint';
          return diagnoses === 2 ? choices.find(({ id }) => id !== fault.id) : fault;
        },
        async repair({ fault }) {
          repairs++;
          if (repairs > 1) await runLines(fault.cures(session));
          // A carrier that is back is reported within a second.
          if (repairs > 1) await session.until({ read: left }, (count) => count === 0, 5000);
          return 'done';
        },
        showWrong() {},
        showRight() {},
        showNotYet: (symptoms) => void notYet.push(...symptoms),
        showHint: (hint) => void hints.push(hint),
        showAnswer() {},
      });
      const { lab, fault, choices } = drill;
      print({
        seed,
        lab: lab.name,
        fault: fault.id,
        choices: choices.length,
        symptoms: shown.length,
        hint: hints[0],
        notYet,
        ...result,
      });
    });
}

/** Goes back once after each step. */
async function back(file: string): Promise<void> {
  await withLabSession(async (session) => {
    const { steps } = await lab(file);
    const visited = new Set<number>();
    const failed: string[] = [];
    const started: number[] = [];
    const quiet = { begins() {}, acted() {}, evidence() {}, predicted() {}, explained() {}, ends() {} };
    await runLab(
      await lab(file),
      session,
      {
        ...quiet,
        step: (_, number) => void started.push(number),
        checked: ({ id }, fault) => void (fault !== undefined && failed.push(id)),
      },
      {
        begin: async () => true,
        guess: async () => undefined,
        async next(number) {
          if (visited.has(number)) return 'go';
          visited.add(number);
          return 'back';
        },
      },
    );
    print({ steps: steps.length, started, failed, withoutPurpose });
  });
}

if (what === 'back') await back(args[0] ?? '');
else if (what === 'controls') await controls(args[0] ?? '', partOf(args[1]));
else await drills(Number(args[0]), Number(args[1]), args.slice(2));
