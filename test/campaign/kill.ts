import { type Aim, aimAt, correct } from './aim.ts';
import type { Case, CaseReport, Experiment, Verdict } from './experiment.ts';
import type { FaultPoint } from './fault-points.ts';
import { runWithFault } from './inject.ts';
import { Bench, pointsOf, said, type Trial } from './trial.ts';
import { podIsWhole } from './wholeness.ts';

/** R2: after `kill -9` at any system call of a changing verb, one gc cleans up, or the pod is whole. */
export function kills(trial: Trial): Experiment {
  return {
    name: trial.name,
    async cases() {
      return (await pointsOf(trial)).map((point) => ({ point, fault: 'killed' }));
    },
    // First run without a kill: a verb that does not clean up by itself would fail at every point for the same reason.
    control: () => killAt(trial, { point: NOWHERE, fault: 'not killed' }, []),
    attempt: (one, all) =>
      killAt(
        trial,
        one,
        all.map(({ point }) => point),
      ),
  };
}

/** Kills the verb at a point (or not at all) and checks R2. */
async function killAt(trial: Trial, one: Case, points: readonly FaultPoint[]): Promise<CaseReport> {
  let aim = one.point === NOWHERE ? undefined : aimAt(one.point, points);
  for (let tries = 1; ; tries++) {
    const shot = await killOnce(trial, aim, points, tries === MAX_TRIES);
    if ('hit' in shot) return { ...one, ...shot };
    aim = correct(aim, shot.aimAgain, points);
  }
}

const NOWHERE: FaultPoint = { syscall: 'none', ordinal: 0, rank: 0, text: 'the verb, not killed' };

// Where libuv's own writes vary, one attempt in four hits the point. The others end quickly.
const MAX_TRIES = 12;

/**
 * In a fresh pretend host: the pod is whole and `down` restores the host, or one `gc` does. In both cases the same name can
 * be used again. When the kill hit another call and attempts are left, returns only the next aim.
 */
async function killOnce(
  trial: Trial,
  aim: Aim | undefined,
  points: readonly FaultPoint[],
  isLast: boolean,
): Promise<Verdict | { readonly aimAgain: FaultPoint }> {
  const start = performance.now();
  await using bench = await Bench.create(trial);
  const { host, problems } = bench;
  const { result, hit, aimAgain } = aim
    ? await runWithFault(host, bench.argv, aim.at, { kill: aim.kill }, trial.program, points)
    : { result: await host.run(bench.argv, trial.program), hit: undefined, aimAgain: undefined };
  const failed = hit === undefined && result.status !== 0;
  if (failed) problems.push(`without a kill: ${said(result)}`);
  else if (aimAgain !== undefined && !isLast) return { aimAgain };
  await bench.settle();

  const outcome = await cleanUp(bench);
  const ms = Math.round(performance.now() - start);
  return { hit: hit && `${aim?.kill} ${hit}`, landed: aimAgain === undefined, outcome, ms, problems };
}

async function cleanUp(bench: Bench): Promise<'whole' | 'not whole'> {
  const { trial, problems, unprepared, prepared } = bench;
  const { undoneTo = 'unprepared' } = trial;
  const whole = await bench.isWhole();
  if (trial.leavesNothing && !whole) problems.push('it hurt what was whole');
  await bench.must(['gc']);
  if (trial.leavesNothing) await bench.expect(prepared, 'after gc');
  if (whole) {
    if (!(await bench.isWhole())) problems.push('gc hurt what was whole');
  } else if (undoneTo === 'unprepared') {
    await bench.expect(unprepared, 'after gc');
  } else if (undoneTo === 'prepared') {
    await bench.expect(prepared, 'after gc');
    await bench.must(trial.verb);
    if (!(await bench.isWhole())) problems.push('the verb, done again after gc, did not do what it promised');
  } else {
    if (!(await podIsWhole(bench.host, trial))) problems.push('the pod is not whole any more');
    await bench.must(...(trial.mend ?? []));
    if (!(await bench.isWhole())) problems.push('what was left after gc could not be made whole again');
  }
  if (whole || undoneTo !== 'unprepared') {
    await bench.undo();
    await bench.expect(unprepared, 'after gc, all made whole again, and all undone');
  }

  const { make, unmake } = trial.again ?? { make: [['hold', trial.pod]], unmake: [['down', trial.pod]] };
  await bench.must(...make);
  if (!(await podIsWhole(bench.host, trial))) problems.push('the same name, created again, is not whole');
  await bench.must(...unmake);
  await bench.expect(unprepared, 'after the same name again');
  return whole ? 'whole' : 'not whole';
}
