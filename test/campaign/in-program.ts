import { chmod, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eventually } from '../eventually.ts';
import type { Case, CaseReport, Experiment } from './experiment.ts';
import type { FaultPoint } from './fault-points.ts';
import { leftBehind } from './left-behind.ts';
import { PretendHost, type Result } from './pretend-host.ts';
import { nslab, type Program } from './program.ts';
import type { Snapshot } from './snapshot.ts';
import { type Step, said } from './trial.ts';

/** What one of our programs in C is started for, and how its life ends. */
export interface ProgramTrial {
  readonly name: string;
  readonly program: 'shim' | 'supervisor';
  readonly prepare: readonly Step[];
  /** Starts it. */
  readonly verb: Step;
  /** Ends it. */
  readonly end: readonly string[];
  readonly pod: string;
  /** The commands of the workloads, by their names: each has its own. */
  readonly workloads: Readonly<Record<string, string>>;
}

/** A copy of what is built, in which strace is attached to a shim or supervisor before it begins. */
export interface Instrumented extends AsyncDisposable {
  readonly program: Program;
}

/** Once only, for the first of its name that is started with these words in `/tmp/fault`. Its number is not changed by that. */
const WRAPPER = `#!/bin/bash
real=\${0%/*}/real/\${0##*/} wanted=/tmp/fault-\${0##*/}
[ "$1" = hold ] || ! [ -e $wanted ] || {
  flags=$(< $wanted); rm $wanted
  (exec 0<>/dev/null 1>&0 2>&0
   for fd in /proc/self/fd/*; do [ "\${fd##*/}" -le 2 ] || eval "exec \${fd##*/}>&-"; done
   /usr/bin/strace -qq -f -y -s 120 -o /tmp/log $flags -p $$ &)
  : "$(until /usr/bin/grep -q '^TracerPid:.*[1-9]' /proc/$$/status; do /usr/bin/sleep 0.01; done)"
}
exec "$real" "$@"
`;

export async function instrument(): Promise<Instrumented> {
  const folder = await mkdtemp('/var/tmp/nslab-programs-');
  const dist = join(folder, 'dist');
  await cp(dirname(nslab.argv[1] ?? ''), dist, { recursive: true });
  const native = join(dist, 'native');
  await mkdir(join(native, 'real'));
  for (const name of ['shim', 'supervisor']) {
    await rename(join(native, name), join(native, 'real', name));
    await writeFile(join(native, name), WRAPPER);
    await chmod(join(native, name), 0o755);
  }
  return {
    program: { ...nslab, argv: ['node', join(dist, 'nslab.cjs')] },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/**
 * R3 in our own programs: a system call of theirs that fails is reported in one line by the verb that waits for them, and rolled
 * back; or, when nobody waits any more, what is said of the pod is true. Nothing of it is left by the verb that ends it and one gc.
 */
export function programFailures(trial: ProgramTrial, { program }: Instrumented): Experiment {
  return {
    name: `errors in ${trial.name}`,
    cases: async () => withErrors(await callsOf(trial, program)),
    control: () => attempt(trial, program, { point: NONE, fault: 'nothing' }),
    attempt: (one) => attempt(trial, program, one),
  };
}

const NONE: FaultPoint = { syscall: 'none', ordinal: 0, rank: 0, text: 'no call fails' };

const ERRORS = ['ENOSPC', 'EMFILE', 'ENOMEM', 'EAGAIN', 'EPERM'];

/** They cannot fail, or are the C library's own. */
const CANNOT_FAIL =
  /^(exit|exit_group|gete?[ug]id|getp?pid|gettid|rt_sig.*|set_tid_address|arch_prctl|brk|close|close_range|umask|clock_gettime|mmap|mprotect|munmap|restart_syscall|wait4|waitid)$/;

function withErrors(points: readonly FaultPoint[]): Case[] {
  return points.flatMap((point) => ERRORS.map((fault) => ({ point, fault })));
}

/** Each call that the program or a child of it makes from its first on, by its number among those of the name. */
async function callsOf(trial: ProgramTrial, program: Program): Promise<FaultPoint[]> {
  await using host = await PretendHost.create({ tmp: true });
  const run = (step: Step) => take(host, program, step);
  for (const step of trial.prepare) await run(step);
  await run(tracing(trial, []));
  await run(trial.verb);
  await eventually(() => isTrue(host, program, trial));
  await run(trial.end);
  const log = (await run('until ! pgrep -x strace >/dev/null; do sleep 0.05; done; cat /tmp/log')).stdout;
  return pointsIn(log, trial.program);
}

function pointsIn(log: string, program: string): FaultPoint[] {
  const counts = new Map<string, number>();
  const alike = new Map<string, number>();
  const points = new Map<string, FaultPoint>();
  const main = log.slice(0, log.indexOf(' '));
  const before = new Map<string, number>();
  let hasBegun = false;
  const theirs = new Set<string>();
  for (const line of log.split('\n')) {
    const [, pid, text = '', syscall] = /^(\d+) +((\w+)\(.*)$/.exec(line) ?? [];
    if (syscall === undefined) continue;
    const ordinal = (counts.get(`${pid} ${syscall}`) ?? 0) + 1;
    counts.set(`${pid} ${syscall}`, ordinal);
    // What a child does after its execve is the command's.
    if (theirs.has(pid ?? '')) continue;
    if (syscall === 'execve' && pid !== main) theirs.add(pid ?? '');
    if (!hasBegun) {
      before.set(syscall, ordinal);
      hasBegun = syscall === 'execve' && text.includes(`/real/${program}"`);
    } else if (!CANNOT_FAIL.test(syscall) && (pid === main || ordinal > (before.get(syscall) ?? 0))) {
      const key = `${syscall} ${ordinal}`;
      const shape = shapeOf(text);
      alike.set(shape, (alike.get(shape) ?? 0) + 1);
      if (!points.has(key) && (alike.get(shape) ?? 0) <= MOST_ALIKE)
        points.set(key, { syscall, ordinal, rank: ordinal, text });
    }
  }
  return [...points.values()];
}

/** Of four hundred links to busybox, or the next transcript line, a few stand for all. */
const MOST_ALIKE = 2;

function shapeOf(text: string): string {
  return text
    .replace(/ = .*/, '')
    .replace(/[^/"]+"\)$/, '#')
    .replace(/"\{.*/, '#')
    .replace(/[0-9a-f]{6,}|\d+/g, '#');
}

/** Has the next one traced, and with these flags hurt. */
function tracing({ program }: ProgramTrial, flags: readonly string[]): string {
  return `echo '${flags.join(' ')}' > /tmp/fault-${program}`;
}

async function attempt(trial: ProgramTrial, program: Program, { point, fault }: Case): Promise<CaseReport> {
  const start = performance.now();
  await using host = await PretendHost.create({ tmp: true });
  const problems: string[] = [];
  const run = (step: Step) => take(host, program, step);
  const expect = async (wanted: Snapshot, when: string, patience?: number) => {
    const lines = await leftBehind(host, wanted, { patience, except: OURS });
    problems.push(...lines.map((line) => `${when}: ${line}`));
    return lines.length === 0;
  };
  const unprepared = await host.snapshot();
  for (const step of trial.prepare) await run(step);
  const prepared = await host.snapshot();
  const { syscall, ordinal } = point;
  if (point !== NONE)
    await run(
      tracing(trial, ['-e', `trace=${syscall}`, '-e', `inject=${syscall}:error=${fault}:when=${ordinal}`]),
    );
  const result = await run(trial.verb);
  let outcome = 'reported';
  if (result.timedOut) problems.push('it hangs');
  if (result.status !== 0) {
    problems.push(...unreadable(result));
    await expect(prepared, 'rolled back');
  } else {
    const agrees = await eventually(() => isTrue(host, program, trial));
    if (!agrees) problems.push(`what is said is not so: ${(await run(['ps', '-a'])).stdout}`);
    outcome = (await isWhole(host, program, trial)) ? 'done all the same' : 'said by ps';
  }
  const ended = await run(trial.end);
  if (ended.timedOut) problems.push('its end hangs');
  if (ended.status !== 0 && result.status === 0) problems.push(...unreadable(ended));
  if (ended.status !== 0) await run(['gc']);
  for (const step of trial.prepare.length > 0 ? [['down', '--ignore-not-found', trial.pod]] : [])
    await run(step);
  await expect(unprepared, 'after its end');
  const hit = (await run('cat /tmp/log 2>/dev/null')).stdout
    .split('\n')
    .find((line) => line.includes('(INJECTED)'));
  const ms = Math.round(performance.now() - start);
  return { point, fault, hit, landed: point === NONE || hit !== undefined, outcome, ms, problems };
}

/** The log of strace, and what says whom to trace; strace ends when it has seen the end of the program. */
const OURS = /^[-+] (tmp: .*\/tmp\/(log|fault-\w+)|process: \d+ \(strace\) .*)$/;

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
    ? await host.run(['bash', '-c', step])
    : await host.run([...program.argv, ...step], program);
}
