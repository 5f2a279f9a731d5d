/** node probe.mjs controls LAB | drills SEED COUNT LAB…, in a pretend host: a JSON line for each. Run by labs.test.ts. */

import { checksOf, tryControl } from '../../src/lab/control.ts';
import { chooseDrill, runDrill } from '../../src/lab/drill.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { LabSession } from '../../src/lab/lab-session.ts';
import { runLab } from '../../src/lab/run-lab.ts';
import { runLines } from '../../src/lab/shell.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

const [what, ...args] = process.argv.slice(2);
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function lab(file: string): Promise<Lab> {
  return (await import(`../../scripts/labs/${file}.ts`)).default;
}

async function withLabSession(work: (session: LabSession) => Promise<void>): Promise<void> {
  const session = new LabSession({ transcript: new Transcript() });
  try {
    await work(session);
  } finally {
    await session.unwind();
  }
}

/** Each check with what makes it fail. */
async function controls(file: string): Promise<void> {
  for (const each of checksOf(await lab(file)))
    await withLabSession(async (session) => {
      const { check, step } = each;
      const shown = await tryControl(each, session).catch((error: Error) => ({ error: error.message }));
      print({ step: step.id, check: check.id, control: check.control.id, ...shown });
    });
}

/** Drills by seed: a wrong diagnosis and a repair that mends nothing first, then the right ones. */
async function drills(first: number, count: number, files: readonly string[]): Promise<void> {
  const labs = await Promise.all(files.map(lab));
  for (let seed = first; seed < first + count; seed++)
    await withLabSession(async (session) => {
      const drill = chooseDrill(labs, seed);
      if (!drill) throw new Error('nothing to break');
      const told = { symptoms: 0, refused: 0, accepted: 0 };
      let tries = 0;
      let repairs = 0;
      const passed = await runDrill(drill, session, {
        shown: (_, __, symptoms) => {
          told.symptoms = symptoms.length;
        },
        async diagnose({ choices, fault }) {
          tries++;
          return tries === 1 && choices.length > 1 ? choices.find(({ id }) => id !== fault.id) : fault;
        },
        async mend({ fault }) {
          repairs++;
          if (repairs > 1) await runLines(fault.cures(session));
          return repairs <= 2;
        },
        judged: (_, complaints) => {
          if (complaints.length > 0) told.refused++;
          else told.accepted++;
        },
      });
      print({
        seed,
        lab: drill.lab.name,
        fault: drill.fault.id,
        passed,
        choices: drill.choices.length,
        ...told,
      });
    });
}

/** Goes back once after each step, as a learner may. */
async function back(file: string): Promise<void> {
  await withLabSession(async (session) => {
    const { steps } = await lab(file);
    const been = new Set<number>();
    const failed: string[] = [];
    const told: number[] = [];
    const quiet = { begins() {}, acted() {}, evidence() {}, predicted() {}, ends() {} };
    await runLab(
      await lab(file),
      session,
      {
        ...quiet,
        step: (_, number) => void told.push(number),
        checked: ({ id }, fault) => void (fault !== undefined && failed.push(id)),
      },
      {
        begin: async () => true,
        guess: async () => undefined,
        async next(number) {
          if (been.has(number)) return 'go';
          been.add(number);
          return 'back';
        },
      },
    );
    print({ steps: steps.length, told, failed });
  });
}

if (what === 'back') await back(args[0] ?? '');
else if (what === 'controls') await controls(args[0] ?? '');
else await drills(Number(args[0]), Number(args[1]), args.slice(2));
