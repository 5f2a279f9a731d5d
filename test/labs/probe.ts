/** node probe.mjs controls LAB | drills SEED COUNT LAB… | back LAB, in a pretend host. Prints JSON lines for labs.test.ts. */

import { chooseDrill, runDrill } from '../../src/lab/drill.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { LabSession } from '../../src/lab/lab-session.ts';
import { checksOf, tryControl } from '../../src/lab/negative-control.ts';
import { runLab } from '../../src/lab/run-lab.ts';
import { runLines } from '../../src/lab/run-lines.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

const [what, ...args] = process.argv.slice(2);
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function lab(file: string): Promise<Lab> {
  return (await import(`../../scripts/labs/${file}.ts`)).default;
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

/** Runs the negative control of every check. */
async function controls(file: string): Promise<void> {
  for (const each of checksOf(await lab(file)))
    await withLabSession(async (session) => {
      const { check, step } = each;
      const result = await tryControl(each, session).catch((error: Error) => ({ error: error.message }));
      print({ step: step.id, check: check.id, control: check.control.id, ...result });
    });
}

/** Drills by seed: first a wrong diagnosis and a repair that does nothing, then the correct ones. */
async function drills(first: number, count: number, files: readonly string[]): Promise<void> {
  const labs = await Promise.all(files.map(lab));
  for (let seed = first; seed < first + count; seed++)
    await withLabSession(async (session) => {
      const drill = chooseDrill(labs, seed);
      if (!drill) throw new Error('nothing to break');
      const counts = { symptoms: 0, refused: 0, accepted: 0 };
      let diagnoses = 0;
      let repairs = 0;
      const passed = await runDrill(drill, session, {
        showSymptoms: (_, __, symptoms) => {
          counts.symptoms = symptoms.length;
        },
        async diagnose({ choices, fault }) {
          diagnoses++;
          return diagnoses === 1 && choices.length > 1 ? choices.find(({ id }) => id !== fault.id) : fault;
        },
        async repair({ fault }) {
          repairs++;
          if (repairs > 1) await runLines(fault.cures(session));
          return repairs <= 2;
        },
        showResult: (_, problems) => {
          if (problems.length > 0) counts.refused++;
          else counts.accepted++;
        },
      });
      print({
        seed,
        lab: drill.lab.name,
        fault: drill.fault.id,
        passed,
        choices: drill.choices.length,
        ...counts,
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
    const quiet = { begins() {}, acted() {}, evidence() {}, predicted() {}, ends() {} };
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
else if (what === 'controls') await controls(args[0] ?? '');
else await drills(Number(args[0]), Number(args[1]), args.slice(2));
