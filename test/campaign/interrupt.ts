import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStart } from '../process-starts.ts';
import type { Case, CaseReport, Experiment, Verdict } from './experiment.ts';
import type { FaultPoint } from './fault-points.ts';
import { runWithFault } from './inject.ts';
import type { Result, Running } from './pretend-host.ts';
import { Bench, pointsOf, said, type Trial } from './trial.ts';

/** Ctrl-C, a shutdown, and a closed terminal. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/**
 * R4: a signal to the process group at any step. The verb rolls back without gc and exits with the status of the signal. A
 * verb that removes something continues to its end. When the signal comes too late, the verb has succeeded.
 */
export function interrupts(trial: Trial): Experiment {
  return {
    name: `interrupts of ${trial.name}`,
    async cases() {
      const points = await pointsOf(trial);
      return points.flatMap((point) => SIGNALS.map((fault) => ({ point, fault })));
    },
    attempt: (one, all) => interruptAt(trial, one, all),
  };
}

async function interruptAt(trial: Trial, one: Case, all: readonly Case[]): Promise<CaseReport> {
  const points = [...new Set(all.map(({ point }) => point))];
  const isLate = points.indexOf(one.point) > points.findLastIndex(({ syscall }) => syscall === 'clone');
  let { point } = one;
  for (let tries = 1; ; tries++) {
    const shot = await interruptOnce(trial, { ...one, point }, points, isLate, tries === MAX_TRIES);
    if ('hit' in shot) return { ...one, ...shot };
    point = shot.aimAgain;
  }
}

const MAX_TRIES = 6;

async function interruptOnce(
  trial: Trial,
  { point, fault }: Case,
  points: readonly FaultPoint[],
  isLate: boolean,
  isLast: boolean,
): Promise<Verdict | { readonly aimAgain: FaultPoint }> {
  const start = performance.now();
  await using bench = await Bench.create(trial);
  const signal = fault as NodeJS.Signals;
  const delay = await timeForWitnesses(MOMENT);
  const { result, hit, aimAgain } = await runWithFault(
    bench.host,
    bench.argv,
    point,
    { delay },
    { ...trial.program, during: (running) => signalInDelay(running, signal, delay) },
    points,
  );
  if (aimAgain !== undefined && !isLast) return { aimAgain };
  const landed = aimAgain === undefined;
  const outcome = await judge(bench, result, signal, isLate || !landed);
  return { hit, landed, outcome, ms: Math.round(performance.now() - start), problems: bench.problems };
}

/** Process starts: long enough to be told from the stop that strace makes at every call. */
const MOMENT = 8;

/** Milliseconds that so many process starts take now: how long a call must stand still for what is to happen meanwhile. */
export async function timeForWitnesses(starts: number): Promise<number> {
  return Math.ceil(Math.max(60, await processStart()) * starts);
}

async function signalInDelay(running: Running, signal: NodeJS.Signals, delay: number): Promise<void> {
  await standsStill(running, delay / 4);
  // The whole group, as a terminal does.
  running.signal(signal);
}

/** Waits until the verb's main thread has stood still for so long, as in a delay; false when it has ended before. */
export async function standsStill(running: Running, milliseconds: number): Promise<boolean> {
  let since = performance.now();
  while (running.child.exitCode === null && running.child.signalCode === null) {
    if (!running.isStopped()) since = performance.now();
    if (performance.now() - since > milliseconds) return true;
    await sleep(10);
  }
  return false;
}

async function judge(bench: Bench, result: Result, signal: NodeJS.Signals, isLate: boolean): Promise<string> {
  const { trial, problems, unprepared, prepared } = bench;
  if (result.outputHeld) problems.push('somebody still holds its output');
  // Just before its process exits, Node restores the default actions of signals: then the verb has printed its result already.
  const isLeaving = result.signal === signal && result.stdout !== '';
  if (result.status === 0 || isLeaving) {
    if (trial.undoes) await bench.expect(unprepared, 'done, without gc');
    else {
      if (!isLate) problems.push('it went on as if nothing had been');
      if (!(await bench.isWhole())) problems.push('status 0, and it did not do what it promised');
      await bench.undo();
      await bench.expect(unprepared, 'done, and undone');
    }
    return isLeaving ? 'done, and ended on its way out' : 'done';
  }
  const said128 = 128 + constants.signals[signal];
  if (result.status !== said128) problems.push(`not status ${said128}: ${said(result)}`);
  if (!/^nslab: interrupted by SIG/m.test(result.stderr) || /^\s+at /m.test(result.stderr))
    problems.push(`it does not say so: ${said(result)}`);
  if (trial.undoes) {
    await bench.must(['gc']);
    await bench.expect(unprepared, 'left, and finished by gc');
    return 'left';
  }
  await bench.expect(prepared, 'rolled back, without gc');
  return 'rolled back';
}
