import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { podProgress } from '../../src/pod/pod-status.ts';
import { emptyStatus, type WorkloadStatus } from '../../src/pod/record.ts';
import { type PodFiles, podFiles } from '../../src/pod/store.ts';
import {
  isActive,
  readWorkload,
  surveyWorkloads,
  workloadFiles,
  workloadState,
} from '../../src/pod/workload-record.ts';

/** What a container's record says, whether its shim runs, and what container of the pod it is. */
interface Situation {
  readonly says: Partial<WorkloadStatus>;
  readonly runs?: boolean;
  readonly phase?: 'init' | 'sidecar';
}

const RUNNING: Situation = { says: { state: 'running', started: true, ready: true }, runs: true };
const DONE: Situation = { says: { state: 'exited' } };
const FAILED: Situation = { says: { state: 'exited', code: 7 } };
const WAITS: Situation = { says: { state: 'created' }, runs: true };
const NEVER: Situation = { says: { state: 'created', stay: true } };
const CRASHED: Situation = { says: { state: 'waiting', code: 1 }, runs: true };
const LOST: Situation = { says: { state: 'running' } };
const init = (situation: Situation): Situation => ({ ...situation, phase: 'init' });
const sidecar = (situation: Situation): Situation => ({ ...situation, phase: 'sidecar' });

const TABLE: readonly (readonly [readonly Situation[], word: string, outcome: string, ready: string])[] = [
  [[], 'Running', 'ready', '0/0'],
  [[init(WAITS), WAITS], 'Init:0/1', 'pending', '0/1'],
  [[init(DONE), init(WAITS), WAITS], 'Init:1/2', 'pending', '0/1'],
  [[init(FAILED), NEVER], 'Init:Error (7)', 'failed', '0/1'],
  [[init(CRASHED), WAITS], 'Init:CrashLoopBackOff', 'pending', '0/1'],
  [[init(DONE), DONE], 'Completed', 'succeeded', '0/1'],
  [[init(DONE), FAILED], 'Error (7)', 'failed', '0/1'],
  [[WAITS], 'PodInitializing', 'pending', '0/1'],
  [[CRASHED], 'CrashLoopBackOff', 'pending', '0/1'],
  [[LOST], 'Lost (its shim was killed)', 'failed', '0/1'],
  [[NEVER], 'NotStarted', 'failed', '0/1'],
  [[sidecar(DONE), DONE], 'Completed', 'succeeded', '0/2'],
  [[sidecar(WAITS), WAITS], 'Init:0/1', 'pending', '0/2'],
];

t.test('the word, the outcome and the READY of a pod', async (t) => {
  for (const [situations, word, outcome, ready] of TABLE) {
    const progress = podProgress(surveyWorkloads(await podOf(t, situations)));
    t.match(
      { ...progress, ready: `${progress.ready}/${progress.containers}` },
      { word, outcome, ready },
      JSON.stringify(situations),
    );
  }
});

t.test('a record says what was so when it was read', async (t) => {
  const files = await podOf(t, []);
  const shim = await addWorkload(t, files, 'w', 0, RUNNING);
  const record = readWorkload(files, 'w');
  t.ok(record && isActive(record));
  await end(shim);
  t.ok(record && isActive(record), 'the end of its shim does not change what was read');
  const later = readWorkload(files, 'w');
  t.notOk(later && isActive(later), 'what is read then says so (control)');
});

t.test('the last word of a shim that ends while its record is read', async (t) => {
  const files = await podOf(t, []);
  await addWorkload(t, files, 'w', 0, LOST);
  const record = readWorkload(files, 'w', (_pod, path, { seq }) => {
    if (seq === 0) writeStatus(path, { seq: 1, end: 1, state: 'exited', code: 7 });
    const shim = { pid: 1, isRunning: () => false };
    return { shim, shimRuns: false, process: undefined, hiddenIn: undefined };
  });
  t.equal(record && workloadState(record), 'Error (7)');
});

async function podOf(t: Test, situations: readonly Situation[]): Promise<PodFiles> {
  const files = podFiles(t.testdir({}), 'p');
  for (const [order, situation] of situations.entries())
    await addWorkload(t, files, `w${order}`, order, situation);
  return files;
}

/** Its shim is a process that has the record open as shims have. */
async function addWorkload(
  t: Test,
  pod: PodFiles,
  name: string,
  order: number,
  { says, runs = false, phase }: Situation,
): Promise<ChildProcess | undefined> {
  const files = workloadFiles(pod, name);
  mkdirSync(files.directory, { recursive: true });
  const owner = { userIds: { uid: 0, gid: 0, groups: [] }, creator: { pid: 1, startTime: 1 } };
  const spec = {
    name,
    command: ['x'],
    hostname: 'p',
    logged: true,
    origins: {},
    environment: {},
    limitGroups: [],
  };
  writeFileSync(files.spec, JSON.stringify({ ...spec, ...owner, order, phase }));
  writeStatus(files.status, {});
  const shim = runs ? opener(t, files.status) : undefined;
  // Any process of the shim's: `sleep` is its child.
  const pid = shim && says.state === 'running' ? await childOf(shim) : 0;
  writeStatus(files.status, { shim: shim?.pid ?? 0, pid, ...says });
  return shim;
}

function writeStatus(path: string, says: Partial<WorkloadStatus>): void {
  writeFileSync(path, JSON.stringify({ ...JSON.parse(emptyStatus()), ...says }));
}

function opener(t: Test, path: string): ChildProcess {
  const fd = openSync(path, 'r');
  const shim = spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'], {
    stdio: ['ignore', 'pipe', 'ignore', 'ignore', fd],
    detached: true,
  });
  closeSync(fd);
  t.teardown(() => end(shim));
  return shim;
}

async function childOf({ stdout }: ChildProcess): Promise<number> {
  const [line] = stdout ? await once(stdout, 'data') : [];
  return Number(line);
}

async function end(shim: ChildProcess | undefined): Promise<void> {
  if (!shim?.pid || shim.exitCode !== null || shim.signalCode !== null) return;
  const ended = once(shim, 'exit');
  process.kill(-shim.pid, 'SIGKILL');
  await ended;
}
