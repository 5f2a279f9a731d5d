import { setTimeout as sleep } from 'node:timers/promises';
import { type Aim, aimAt, correct } from './aim.ts';
import { type FaultPoint, faultPoints } from './fault-points.ts';
import { runWithFault } from './inject.ts';
import { leftBehind } from './left-behind.ts';
import { PretendHost, type Result } from './pretend-host.ts';
import type { Program } from './program.ts';
import type { Snapshot } from './snapshot.ts';
import { podIsWhole } from './wholeness.ts';

/** A verb that is to be killed everywhere, and what may be left of it. */
export interface Trial {
  readonly name: string;
  readonly program: Program;
  readonly pod: string;
  /** Done before the verb, each with status 0: arguments of the program, or a shell line. */
  readonly prepare: readonly (readonly string[] | string)[];
  readonly verb: readonly string[];
  /** True when what the verb promised is there, by the kernel's facts. By default: the pod is whole. */
  readonly isWhole?: (host: PretendHost, trial: Trial) => Promise<boolean>;
  /** What one gc restores when it is not: the host as it was before the preparation (default) or after it. */
  readonly undoneTo?: 'unprepared' | 'prepared';
}

export interface PointReport extends FaultPoint {
  /** The call that the kill landed on, `before` or `after` it; undefined when the verb ended before it. */
  readonly hit: string | undefined;
  /** False when, after several tries, the kill still came at another call than it was meant for. */
  readonly landed: boolean;
  readonly whole: boolean;
  readonly ms: number;
  /** What was not as promised; empty when clean. */
  readonly problems: readonly string[];
}

/** The fault points of a trial's verb, from one clean run. */
export async function pointsOf(trial: Trial): Promise<readonly FaultPoint[]> {
  await using host = await PretendHost.create(HOST);
  await prepare(host, trial);
  const { points, result } = await faultPoints(
    host,
    command(trial, trial.verb),
    trial.program.stateDir,
    trial.program,
  );
  if (result.status !== 0) throw new Error(`${trial.name} fails by itself: ${said(result)}`);
  return points;
}

/** Kills the verb at a point (or not at all) and holds what is left against R2. */
export async function killAt(
  trial: Trial,
  point: FaultPoint | undefined,
  points?: readonly FaultPoint[],
): Promise<PointReport> {
  let aim = point && aimAt(point, points ?? []);
  for (let tries = 1; ; tries++) {
    const shot = await killOnce(trial, aim, points, tries === MAX_TRIES);
    if ('hit' in shot) return { ...(point ?? NOWHERE), ...shot };
    aim = correct(aim, shot.aimAgain, points ?? []);
  }
}

const NOWHERE: FaultPoint = { syscall: 'none', ordinal: 0, rank: 0, text: 'the verb, not killed' };

// Where libuv's own writes vary one try in four lands, and one that does not is short.
const MAX_TRIES = 25;

/**
 * In a fresh pretend host: the pod is whole and `down` makes the host as before, or one `gc` does; in both cases the
 * same name can be used again. When the kill came elsewhere and this is not the last try: only where to aim next.
 */
async function killOnce(
  trial: Trial,
  aim: Aim | undefined,
  points: readonly FaultPoint[] | undefined,
  isLast: boolean,
): Promise<Omit<PointReport, keyof FaultPoint> | { readonly aimAgain: FaultPoint }> {
  const start = performance.now();
  const problems: string[] = [];
  await using host = await PretendHost.create(HOST);
  const unprepared = await host.snapshot();
  await prepare(host, trial);
  const prepared = trial.prepare.length > 0 ? await host.snapshot() : unprepared;
  const isWhole = async (): Promise<boolean> => await (trial.isWhole ?? podIsWhole)(host, trial);
  const must = async (...verb: string[]): Promise<void> => {
    const result = await run(host, trial, verb);
    if (result.status !== 0 || result.outputHeld) problems.push(`${verb.join(' ')}: ${said(result)}`);
  };
  const expect = async (wanted: Snapshot, when: string): Promise<void> => {
    problems.push(...(await leftBehind(host, wanted)).map((line) => `${when}: ${line}`));
  };

  const argv = command(trial, trial.verb);
  const { result, hit, aimAgain } = aim
    ? await runWithFault(host, argv, aim.at, { kill: aim.kill }, trial.program, points)
    : { result: await run(host, trial, trial.verb), hit: undefined, aimAgain: undefined };
  const failed = hit === undefined && result.status !== 0;
  if (failed) problems.push(`without a kill: ${said(result)}`);
  else if (aimAgain !== undefined && !isLast) return { aimAgain };
  await settle(host, unprepared);

  const whole = await isWhole();
  if (!whole) {
    await must('gc');
    if (trial.undoneTo === 'prepared') {
      await expect(prepared, 'after gc');
      await must(...trial.verb);
      if (!(await isWhole())) problems.push('the verb, done again after gc, did not do what it promised');
      await must('down', trial.pod);
      await expect(unprepared, 'after gc, the verb again, and down');
    } else await expect(unprepared, 'after gc');
  } else {
    await must('gc');
    if (!(await isWhole())) problems.push('gc hurt what was whole');
    await must('down', trial.pod);
    await expect(unprepared, 'after down');
  }
  await must('hold', trial.pod);
  if (!(await podIsWhole(host, trial))) problems.push('the same name, created again, is not whole');
  await must('down', trial.pod);
  await expect(unprepared, 'after the same name again');

  const ms = Math.round(performance.now() - start);
  return { hit: hit && `${aim?.kill} ${hit}`, landed: aimAgain === undefined, whole, ms, problems };
}

/** The uplink because hostPorts and forwarding look for a default route; the own /tmp because forgotten files count. */
const HOST = { uplink: true, tmp: true };

function command({ program }: Trial, args: readonly string[]): string[] {
  return [...program.argv, ...args];
}

async function run(host: PretendHost, trial: Trial, args: readonly string[]): Promise<Result> {
  return await host.run(command(trial, args), trial.program);
}

async function prepare(host: PretendHost, trial: Trial): Promise<void> {
  for (const step of trial.prepare) {
    const result =
      typeof step === 'string' ? await host.run(['bash', '-c', step]) : await run(host, trial, step);
    if (result.status !== 0)
      throw new Error(`${trial.name}: the preparation fails: ${step}: ${said(result)}`);
  }
}

/** Waits, at most 2 s, until the host rests: what the kill orphaned (holder, ip, nft) has ended or stays. */
async function settle(host: PretendHost, before: Snapshot): Promise<void> {
  const deadline = performance.now() + 2000;
  let seen = '';
  let since = 0;
  while (performance.now() < deadline) {
    const { stdout } = await host.run(['bash', '-c', NEW_PROCESSES]);
    const extra = stdout
      .split('\n')
      .filter((line) => line !== '' && !before.some((fact) => fact.startsWith(`process: ${line} `)));
    if (extra.length === 0) return;
    const now = extra.join();
    if (now !== seen) [seen, since] = [now, performance.now()];
    else if (performance.now() - since > 150 && !/\((ip|nft|node|MainThread|strace)\)/.test(now)) return;
    await sleep(25);
  }
}

const NEW_PROCESSES = `for f in /proc/[0-9]*/stat; do
  { read -r line < $f; } 2>/dev/null || continue
  head="\${line%)*})"; [ "\${head%% *}" = $$ ] || echo "$head"
done`;

function said({ status, timedOut, outputHeld, stderr, stdout }: Result): string {
  const words = (stderr || stdout).trim().slice(0, 2000);
  return `status ${status}${timedOut ? ' (timed out)' : ''}${outputHeld ? ' (its output is still held open)' : ''}: ${words}`;
}
