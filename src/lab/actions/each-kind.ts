import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_KINDS, KINDS, type Kind } from '../../ns/kinds.ts';
import { OperationError } from '../../sys/errors.ts';
import { identify, isRunning, type ProcessIdentity, processIds, readStat } from '../../sys/procfs.ts';
import type { LabSession } from '../lab-session.ts';
import { SessionValue } from '../session-value.ts';
import { killProcess } from './kill.ts';
import { startTool } from './plain-process.ts';

/** The process that makes a namespace of this kind, the one that called unshare(2) for it, and the one that joins it. */
export const maker = (kind: Kind) => `${kind}/maker`;
export const caller = (kind: Kind) => `${kind}/caller`;
export const joiner = (kind: Kind) => `${kind}/joiner`;

/** unshare(2) of these kinds concerns the next child, not the caller. pid_namespaces(7), time_namespaces(7) */
const FORKS: readonly Kind[] = ['pid', 'time'];
const SLEEP = ['sleep', '1000'];

/** Makes a new namespace of each kind with unshare(1), and a process in it. Those of `except` are started without. */
export async function makeEachKind(session: LabSession, except: readonly Kind[] = []): Promise<void> {
  for (const kind of ALL_KINDS) {
    const root = kind === 'user' ? ['--map-root-user'] : [];
    const fork = FORKS.includes(kind) ? ['--fork', '--kill-child=SIGKILL'] : [];
    const command = except.includes(kind)
      ? SLEEP
      : ['unshare', KINDS[kind].option, ...root, ...fork, ...SLEEP];
    const pid = await startTool(
      session,
      command,
      `a process in a new ${kind} namespace: ${KINDS[kind].what}`,
    );
    session.assign(caller(kind), pid);
    await assignSleeper(session, maker(kind), pid);
  }
}

/** A second process joins each of them with nsenter(1). Those of `except` do not join. */
export async function joinEachKind(session: LabSession, except: readonly Kind[] = []): Promise<void> {
  // Who goes back to this step may have killed them already.
  if (!ALL_KINDS.every((kind) => lives(session, maker(kind)))) await makeEachKind(session);
  for (const kind of ALL_KINDS) {
    const target = ['--target', String(session.pid(maker(kind)))];
    const command = except.includes(kind) ? SLEEP : ['nsenter', ...target, KINDS[kind].option, ...SLEEP];
    const pid = await startTool(session, command, `another process joins that ${kind} namespace by setns(2)`);
    await assignSleeper(session, joiner(kind), pid);
  }
}

/** Makes and joins them once more when the processes that joined are gone. Returns whether that was so. */
export async function renewEnded(session: LabSession): Promise<boolean> {
  const ended = ALL_KINDS.some((kind) => kind !== 'pid' && !lives(session, joiner(kind)));
  if (ended) await joinEachKind(session);
  return ended;
}

/** Kills the processes that made the namespaces; those that joined stay. */
export async function killMakers(session: LabSession): Promise<void> {
  await killEach(session, maker);
}

/** Kills the processes that joined. */
export async function killJoiners(session: LabSession): Promise<void> {
  await killEach(session, joiner);
}

async function killEach(session: LabSession, role: (kind: Kind) => string): Promise<void> {
  for (const kind of ALL_KINDS) {
    const victim = started.of(session).get(role(kind));
    if (victim) await killProcess(victim);
    // What has started it as a child points to its namespaces until it has ended, too.
    const tool = tools.of(session).get(role(kind));
    if (tool) await killProcess(tool);
  }
}

function lives(session: LabSession, role: string): boolean {
  const known = started.of(session).get(role);
  return known !== undefined && isRunning(known);
}

/** The processes of the roles as they were identified at their start: a pid may have another owner by now. */
const started = new SessionValue<ReadonlyMap<string, ProcessIdentity>>(new Map());

/** The same for unshare(1) and nsenter(1), where they have not become the program. */
const tools = new SessionValue<ReadonlyMap<string, ProcessIdentity>>(new Map());

async function assignSleeper(session: LabSession, role: string, pid: number): Promise<void> {
  const tool = identify(pid);
  if (tool) {
    session.addUndo(() => killProcess(tool));
    tools.set(session, new Map([...tools.of(session), [role, tool]]));
  }
  for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(5)) {
    const found = identify(sleeperOf(pid) ?? 0);
    if (found === undefined) continue;
    session.assign(role, found.pid);
    started.set(session, new Map([...started.of(session), [role, found]]));
    session.addUndo(() => killProcess(found));
    return;
  }
  throw new OperationError(`unshare(1) or nsenter(1) did not start its program for ${role}`, {
    hint: 'does this kernel have all eight kinds of namespaces? `nslab doctor` says',
  });
}

/** unshare(1) and nsenter(1) become the program, or start it as a child. */
function sleeperOf(pid: number): number | undefined {
  if (readStat(pid)?.comm === 'sleep') return pid;
  return processIds().find((each) => {
    const stat = readStat(each);
    return stat?.parent === pid && stat.comm === 'sleep';
  });
}

/** Milliseconds until a program is surely started. */
const PATIENCE = 20_000;
