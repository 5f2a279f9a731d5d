import { inProcessStarts } from '../process-starts.ts';
import { ERRNOS } from './errnos.ts';
import type { Case, CaseReport, Experiment, Verdict } from './experiment.ts';
import type { FaultPoint } from './fault-points.ts';
import { runWithFault } from './inject.ts';
import { inOthers, othersPoints } from './others.ts';
import type { Result } from './pretend-host.ts';
import { isMutating } from './strace.ts';
import { Bench, pointsOf, type Trial } from './trial.ts';

/** R3: a failed system call is reported in one line and rolled back without gc, or the verb succeeds in spite of it. */
export function failures(trial: Trial): Experiment {
  return {
    name: `errors in ${trial.name}`,
    async cases() {
      const own = (await pointsOf(trial)).filter((point) => concerns(point, trial.program.stateDir));
      return withErrors([...own, ...(await othersPoints(trial))]);
    },
    attempt: (one, all) => failAt(trial, one, all),
  };
}

/** For writes and opens only nslab's own files: pipes and files of /proc fail with other errors. */
function concerns({ syscall, text }: FaultPoint, stateDir: string): boolean {
  return !['openat', 'write', 'pwrite64'].includes(syscall) || text.includes(stateDir);
}

function withErrors(points: readonly FaultPoint[]): Case[] {
  return points.flatMap((point) => (ERRNOS[point.syscall] ?? []).map((fault) => ({ point, fault })));
}

async function failAt(trial: Trial, one: Case, all: readonly Case[]): Promise<CaseReport> {
  const points = [...new Set(all.map(({ point }) => point))];
  let { point } = one;
  for (let tries = 1; ; tries++) {
    const shot = await failOnce(trial, point, one.fault, points, tries === MAX_TRIES);
    if ('hit' in shot) return { ...one, ...shot };
    point = shot.aimAgain;
  }
}

const MAX_TRIES = 6;

async function failOnce(
  trial: Trial,
  point: FaultPoint,
  error: string,
  points: readonly FaultPoint[],
  isLast: boolean,
): Promise<Verdict | { readonly aimAgain: FaultPoint }> {
  const start = performance.now();
  await using bench = await Bench.create(trial);
  const { host, argv } = bench;
  const { result, hit, aimAgain } = point.process
    ? await inOthers(host, argv, point, error, trial.program)
    : await runWithFault(host, argv, point, { error }, trial.program, points);
  if (aimAgain !== undefined && !isLast) return { aimAgain };
  // A failure of Node's own pipes is not a failure of nslab.
  const isOurs = hit === undefined || isMutating({ syscall: point.syscall, text: hit });
  const outcome = !isOurs ? 'missed' : await judge(bench, result, point, hit);
  const ms = Math.round(performance.now() - start);
  return { hit, landed: aimAgain === undefined, outcome, ms, problems: bench.problems };
}

async function judge(
  bench: Bench,
  result: Result,
  { syscall }: FaultPoint,
  hit: string | undefined,
): Promise<string> {
  const { trial, problems, unprepared, prepared } = bench;
  // An object that cannot be removed stays, also after a failed rollback: gc removes it.
  const removes = ['unlink', 'rmdir', 'umount2'].includes(syscall);
  const starts = await inProcessStarts(result.ms - TOOL_PATIENCE);
  if (result.timedOut || starts > MOST_STARTS)
    problems.push(
      `it took ${Math.round(result.ms)} ms: ten seconds and ${Math.round(starts)} process starts`,
    );
  if (result.outputHeld) problems.push('somebody still holds its output');
  if (result.status === 0) {
    if (removes) await bench.must(['gc']);
    // The verb continued, so it must have succeeded. A verb that removes must leave nothing.
    if (trial.undoes) await bench.expect(unprepared, 'done, without gc');
    else {
      if (!(await bench.isWhole())) problems.push('status 0, and it did not do what it promised');
      await bench.undo();
      await bench.expect(unprepared, 'done, and undone');
    }
    return 'done all the same';
  }
  // A thread that cannot return to its namespace aborts the process. That is the safe failure, and one gc cleans up.
  const isLost = result.signal === 'SIGABRT' || result.status === 134;
  if (isLost && !hit?.startsWith('setns')) problems.push(`aborted: ${result.stderr}`);
  problems.push(...(isLost ? [] : unreadable(result)));
  if (isLost || trial.undoes || removes) {
    await bench.settle();
    await bench.must(['gc']);
    if (trial.undoes && (await bench.isWhole())) await bench.undo();
    await bench.expect(trial.undoes ? unprepared : prepared, 'after gc');
    return isLost ? 'aborted' : 'failed';
  }
  await bench.expect(prepared, 'rolled back, without gc');
  return 'failed';
}

/** R3: how long a tool that does not answer is waited for. */
const TOOL_PATIENCE = 10_000;

/** Beyond that, with strace, which makes each start dearer. */
const MOST_STARTS = 300;

/** One line that names the failure, with optional warnings before and a hint after it; never a stack trace. */
function unreadable({ status, stderr }: Result): string[] {
  const lines = stderr.split('\n').filter(Boolean);
  const isTold = lines.some((line) => line.startsWith('nslab: '));
  const strange = lines.filter((line) => !/^(nslab|hint|warning): /.test(line));
  return [
    ...([1, 125].includes(status) ? [] : [`status ${status}`]),
    ...(isTold ? [] : [`it does not say what failed: ${stderr}`]),
    ...(strange.length === 0 ? [] : [`it says more than it should: ${strange.join(' / ').slice(0, 600)}`]),
  ];
}
