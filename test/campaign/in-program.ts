import { eventually } from '../eventually.ts';
import type { Case, CaseReport, Experiment } from './experiment.ts';
import { type Instrumented, type Native, TRACES, tracing } from './instrumented.ts';
import { leftBehind } from './left-behind.ts';
import { PretendHost, type Result } from './pretend-host.ts';
import type { Program } from './program.ts';
import { hitIn, type ProgramPoint, pointsIn } from './program-points.ts';
import type { Snapshot } from './snapshot.ts';
import { type Step, said } from './trial.ts';

/** What one of our programs in C is started for, and how its life ends. */
export interface ProgramTrial {
  readonly name: string;
  readonly program: Native;
  readonly prepare: readonly Step[];
  /** Starts it. In a shell line, `"$0" "$@"` is the program. */
  readonly verb: Step;
  /** Ends it. */
  readonly end: readonly string[];
  readonly pod: string;
  /** The commands of the workloads, by their names: each has its own. */
  readonly workloads: Readonly<Record<string, string>>;
}

/**
 * R3 in our own programs: a system call of theirs that fails is reported in one line by the verb that waits for them, and rolled
 * back; or, when nobody waits any more, what is said of the pod is true. Nothing of it is left by the verb that ends it and one gc.
 */
export function programFailures(trial: ProgramTrial, instrumented: Instrumented): Experiment {
  return experiment(`errors in ${trial.name}`, trial, instrumented, (points) =>
    points.flatMap((point) => ERRORS.map((fault) => ({ point, fault }))),
  );
}

/** R2 in our own programs: the same when they are killed at a call. */
export function programKills(trial: ProgramTrial, instrumented: Instrumented): Experiment {
  return experiment(`kills of ${trial.name}`, trial, instrumented, (points) =>
    points.filter(({ spent }) => spent === undefined).map((point) => ({ point, fault: KILLED })),
  );
}

function experiment(
  name: string,
  trial: ProgramTrial,
  { program }: Instrumented,
  casesOf: (points: readonly ProgramPoint[]) => Case[],
): Experiment {
  let whole: string | undefined;
  return {
    name,
    cases: async () => {
      const clean = await cleanRun(trial, program);
      whole = clean.mounts;
      return casesOf(clean.points);
    },
    control: () => attempt(trial, program, { point: NONE, fault: 'nothing' }),
    attempt: (one) => attempt(trial, program, one, whole),
  };
}

const NONE: ProgramPoint = { syscall: 'none', ordinal: 0, rank: 0, text: 'no call fails' };

const ERRORS = ['ENOSPC', 'EMFILE', 'ENOMEM', 'EAGAIN', 'EPERM'];
const KILLED = 'killed';

interface CleanRun {
  readonly points: ProgramPoint[];
  readonly mounts: string;
}

async function cleanRun(trial: ProgramTrial, program: Program): Promise<CleanRun> {
  await using host = await PretendHost.create({ tmp: true });
  const run = (step: Step) => take(host, program, step);
  for (const step of trial.prepare) await run(step);
  await run(tracing(trial.program, []));
  await run(trial.verb);
  await eventually(() => isTrue(host, program, trial));
  const mounts = await mountsOf(host, trial);
  await run(trial.end);
  const log = (await run('until ! pgrep -x strace >/dev/null; do sleep 0.05; done; cat /tmp/log')).stdout;
  return { points: pointsIn(log, trial.program), mounts };
}

/** `whole`: the mounts of its workloads in a clean run. */
async function attempt(
  trial: ProgramTrial,
  program: Program,
  { point, fault }: Case,
  whole?: string,
): Promise<CaseReport> {
  const start = performance.now();
  await using host = await PretendHost.create({ tmp: true });
  const problems: string[] = [];
  const run = (step: Step) => take(host, program, step);
  const expect = async (wanted: Snapshot, when: string, patience?: number) => {
    const lines = await leftBehind(host, wanted, { patience, except: TRACES });
    problems.push(...lines.map((line) => `${when}: ${line}`));
    return lines.length === 0;
  };
  const unprepared = await host.snapshot();
  for (const step of trial.prepare) await run(step);
  const prepared = await host.snapshot();
  if (point !== NONE) await run(hurting(trial.program, point, fault));
  const result = await run(trial.verb);
  let outcome = 'reported';
  if (result.timedOut) problems.push('it hangs');
  if (result.status !== 0) {
    // A command whose shim is killed ends by that signal, without a word.
    if (fault !== KILLED || result.status !== 137) problems.push(...unreadable(result));
    await expect(prepared, 'rolled back');
  } else {
    const agrees = await eventually(() => isTrue(host, program, trial));
    if (!agrees) problems.push(`what is said is not so: ${(await run(['ps', '-a'])).stdout}`);
    const isDone = await isWhole(host, program, trial);
    outcome = isDone ? 'done all the same' : 'said by ps';
    const mounts = isDone && whole !== undefined ? await mountsOf(host, trial) : whole;
    if (mounts !== whole)
      problems.push(`its mounts are not those of a clean run: ${difference(whole, mounts)}`);
  }
  const ended = await run(trial.end);
  if (ended.timedOut) problems.push('its end hangs');
  if (ended.status !== 0 && result.status === 0) problems.push(...unreadable(ended));
  if (ended.status !== 0) await run(['gc']);
  for (const step of trial.prepare.length > 0 ? [['down', '--ignore-not-found', trial.pod]] : [])
    await run(step);
  await expect(unprepared, 'after its end');
  const hit = hitIn((await run('cat /tmp/log 2>/dev/null')).stdout, trial.program);
  const ms = Math.round(performance.now() - start);
  return { point, fault, hit, landed: point === NONE || hit !== undefined, outcome, ms, problems };
}

/** Has the next one hurt by strace at that call. */
function hurting(native: Native, { syscall, ordinal, spent }: ProgramPoint, fault: string): string {
  const tampering = fault === KILLED ? 'signal=SIGKILL' : `error=${fault}`;
  const flags = ['-e', `trace=execve,${syscall}`, '-e', `inject=${syscall}:${tampering}:when=${ordinal}`];
  return tracing(native, flags, spent);
}

/** Whether each workload that is said to run does, and no other. */
async function isTrue(
  host: PretendHost,
  program: Program,
  { pod, workloads }: ProgramTrial,
): Promise<boolean> {
  const states = await statesOf(host, program, pod);
  for (const [name, command] of Object.entries(workloads)) {
    const { status } = await host.run(['pgrep', '-xf', command]);
    const state = states.get(name);
    if (/^(ContainerCreating|PodInitializing)/.test(state ?? '')) return false;
    if ((state === 'Running') !== (status === 0)) return false;
  }
  return true;
}

async function isWhole(
  host: PretendHost,
  program: Program,
  { pod, workloads }: ProgramTrial,
): Promise<boolean> {
  const states = await statesOf(host, program, pod);
  return Object.keys(workloads).every((name) => states.get(name) === 'Running');
}

/**
 * The mounts of the workloads, without copies of the host's: one that a fault has left out is a protection that is missing, and the
 * programs run without it.
 */
async function mountsOf(host: PretendHost, { workloads }: ProgramTrial): Promise<string> {
  const tables = Object.values(workloads).map((command) => host.run(['bash', '-c', MOUNTS, command]));
  return (await Promise.all(tables)).map(({ stdout }) => stdout).join('\n');
}

function difference(wanted = '', got = ''): string {
  const [before, after] = [wanted.split('\n'), got.split('\n')];
  const missing = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
  const added = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`);
  return [...missing, ...added].join(', ');
}

const MOUNTS = `for pid in $(pgrep -xf "$0"); do cut -d ' ' -f 5,6 /proc/$pid/mountinfo; done |
  grep -E '^/((proc|sys|dev|run|tmp|etc)[/ ]| )' | sort`;

async function statesOf(host: PretendHost, program: Program, pod: string): Promise<Map<string, string>> {
  const { status, stdout } = await host.run([...program.argv, 'inspect', pod], program);
  if (status !== 0) return new Map();
  const { items } = JSON.parse(stdout) as {
    items: [{ workloads?: readonly { readonly name: string; readonly state: string }[] }];
  };
  return new Map((items[0].workloads ?? []).map(({ name, state }) => [name, state]));
}

/** One line that says what has failed, perhaps a hint and warnings; no stack trace. */
function unreadable(result: Result): string[] {
  const lines = result.stderr.split('\n').filter(Boolean);
  const isTold = lines.some((line) => line.startsWith('nslab: '));
  const strange = lines.filter((line) => !/^(nslab|hint|warning|shim|supervisor): /.test(line));
  // The same number may be reached by the command, too, which is `true`.
  if (result.status === 127 && /^true: /.test(result.stderr)) return [];
  return isTold && strange.length === 0 && [1, 125, 126, 127].includes(result.status) ? [] : [said(result)];
}

async function take(host: PretendHost, program: Program, step: Step): Promise<Result> {
  return typeof step === 'string'
    ? await host.run(['bash', '-c', step, ...program.argv], program)
    : await host.run([...program.argv, ...step], program);
}
