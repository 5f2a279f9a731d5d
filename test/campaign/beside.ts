import type { Case, CaseReport, Experiment, Verdict } from './experiment.ts';
import type { FaultPoint } from './fault-points.ts';
import { runWithFault } from './inject.ts';
import { standsStill, timeForWitnesses } from './interrupt.ts';
import type { Result, Running } from './pretend-host.ts';
import { Bench, pointsOf, said, type Trial } from './trial.ts';

/** R5: a gc while a verb is stopped at any system call. The gc changes nothing of the verb's, and the verb then succeeds. */
export function besides(trial: Trial): Experiment {
  return {
    name: `gc beside ${trial.name}`,
    async cases() {
      return (await pointsOf(trial)).map((point) => ({ point, fault: 'gc' }));
    },
    attempt: (one, all) => besideAt(trial, one, all),
  };
}

async function besideAt(trial: Trial, one: Case, all: readonly Case[]): Promise<CaseReport> {
  const points = all.map(({ point }) => point);
  let { point } = one;
  for (let tries = 1; ; tries++) {
    const shot = await besideOnce(trial, point, points, tries === MAX_TRIES);
    if ('hit' in shot) return { ...one, ...shot };
    point = shot.aimAgain;
  }
}

const MAX_TRIES = 6;

/** Process starts: a gc, from its start to its look at every record, is a few of them. */
const A_GC = 16;

async function besideOnce(
  trial: Trial,
  point: FaultPoint,
  points: readonly FaultPoint[],
  isLast: boolean,
): Promise<Verdict | { readonly aimAgain: FaultPoint }> {
  const start = performance.now();
  await using bench = await Bench.create(trial);
  const { host, argv, problems, unprepared } = bench;
  const gc: Promise<Result>[] = [];
  const delay = await timeForWitnesses(A_GC);
  const during = async (running: Running): Promise<void> => {
    await standsStill(running, delay / 8);
    gc.push(host.run([...trial.program.argv, 'gc'], trial.program));
  };
  const options = { ...trial.program, during };
  const { result, hit, aimAgain } = await runWithFault(host, argv, point, { delay }, options, points);
  const [beside] = await Promise.all(gc);
  if (aimAgain !== undefined && !isLast) return { aimAgain };

  if (beside?.status !== 0) problems.push(`gc: ${beside ? said(beside) : 'not run'}`);
  if (result.status !== 0) problems.push(`the verb failed: ${said(result)}`);
  else if (!trial.undoes && !(await bench.isWhole())) problems.push('the verb did not do what it promised');
  if (!trial.undoes) await bench.undo();
  await bench.must(['gc']);
  await bench.expect(unprepared, 'all undone');
  const ms = Math.round(performance.now() - start);
  return {
    hit,
    landed: aimAgain === undefined,
    outcome: problems.length > 0 ? 'hurt' : 'done',
    ms,
    problems,
  };
}
