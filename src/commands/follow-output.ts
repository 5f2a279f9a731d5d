import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LONGEST_LINE, splitLines } from '../pod/log-lines.ts';
import { podNames, readPod } from '../pod/store.ts';
import { waitsFor } from '../pod/wait-for-pods.ts';
import { isActive, readWorkloads, type WorkloadRecord, workloadState } from '../pod/workload-record.ts';
import { type Palette, palette, type When } from '../render/palette.ts';
import { printNotice } from './globals.ts';
import { printLogLines } from './print.ts';

/** Polling interval, in milliseconds. */
const INTERVAL = 50;

/** Bytes printed per workload and turn: a workload that writes without pause must not block Ctrl-C. */
const CHUNK = 1 << 20;

/** The position and the last state of one workload. */
interface Followed {
  readonly label: string;
  position: number;
  /** The bytes after the last newline. */
  rest: Buffer;
  state: string;
}

/** What is asked while output is followed. */
interface Course {
  stopped(): boolean;
  /** Called with the pods that have ended, and whose output is printed. Those that it returns are gone: they are not followed any more. */
  takeEnded(pods: readonly string[]): Promise<readonly string[]>;
}

/**
 * Prints the output of the pods' workloads, each line prefixed with the workload's name, and their changes of state, until
 * all have ended or `stopped()` is true. Returns whether one has failed.
 */
export async function followOutput(
  root: string,
  pods: readonly string[],
  { stopped, takeEnded }: Course,
  color: When | undefined,
): Promise<boolean> {
  let left = pods;
  let failed = false;
  const followed = new Map<string, Followed>();
  const colors = palette(process.stdout, color);
  const paint = painter(colors);
  const waiting = waitingNotices(root, pods);
  for (;;) {
    const workloads = workloadsOf(root, left);
    const behind = new Set<string>();
    const width = Math.max(0, ...workloads.map((workload) => labelOf(workload, pods).length));
    for (const workload of workloads) {
      const key = labelOf(workload, pods);
      const output = followed.get(key) ?? {
        label: paint(key.padEnd(width), followed.size),
        position: 0,
        rest: EMPTY,
        state: 'Running',
      };
      followed.set(key, output);
      if (printNew(workload, output, colors)) behind.add(podOf(workload));
      else printState(workload, key, output);
    }
    waiting();
    if (stopped() || (behind.size === 0 && hasEnded(workloads))) {
      for (const output of followed.values()) printRest(output, colors);
      return failed || workloads.some(hasFailed);
    }
    const of = (pod: string) => workloads.filter((workload) => podOf(workload) === pod);
    const gone = await takeEnded(
      left.filter((pod) => of(pod).length > 0 && hasEnded(of(pod)) && !behind.has(pod)),
    );
    failed ||= gone.flatMap(of).some(hasFailed);
    left = left.filter((pod) => !gone.includes(pod));
    await sleep(behind.size > 0 ? 0 : INTERVAL);
  }
}

/** Says what a pod waits for, seldom: after 2, 4, 8 … seconds of waiting for the same container. */
function waitingNotices(root: string, pods: readonly string[]): () => void {
  const due = new Map<string, { what: string; at: number; pause: number }>();
  return () => {
    for (const pod of pods) {
      const found = waitsFor(root, pod);
      const known = due.get(pod);
      if (!found) due.delete(pod);
      else if (known?.what !== found.what)
        due.set(pod, { what: found.what, at: performance.now() + FIRST_NOTICE, pause: FIRST_NOTICE });
      else if (performance.now() >= known.at) {
        printNotice(found.line);
        known.pause *= 2;
        known.at += known.pause;
      }
    }
  };
}

/** In milliseconds. */
const FIRST_NOTICE = 2000;

/** Sidecars do not count: they run until the pod ends. */
function hasEnded(workloads: readonly WorkloadRecord[]): boolean {
  return workloads.every((workload) => workload.spec.phase === 'sidecar' || !isActive(workload));
}

function hasFailed({ spec, status }: WorkloadRecord): boolean {
  return spec.phase !== 'sidecar' && (status.state === 'failed' || status.code !== 0);
}

/** Skips pods that were taken down meanwhile. */
function workloadsOf(root: string, pods: readonly string[]): WorkloadRecord[] {
  const there = podNames(root);
  return pods.filter((pod) => there.includes(pod)).flatMap((pod) => readWorkloads(readPod(root, pod).files));
}

function labelOf(workload: WorkloadRecord, pods: readonly string[]): string {
  return pods.length > 1 ? `${podOf(workload)}/${workload.name}` : workload.name;
}

function podOf({ files }: WorkloadRecord): string {
  return files.directory.split('/').at(-3) ?? '';
}

/** Assigns colours in turn. */
function painter({ cyan, yellow, green, magenta, blue }: Palette): (text: string, index: number) => string {
  const all = [cyan, yellow, green, magenta, blue];
  return (text, index) => (all[index % all.length] ?? String)(text);
}

/** Prints whole lines, because workloads write concurrently. Returns whether more output is waiting. */
function printNew(workload: WorkloadRecord, output: Followed, colors: Palette): boolean {
  const active = isActive(workload);
  const chunk = readFrom(workload.files.log, output.position);
  output.position += chunk.length;
  const behind = chunk.length === CHUNK;
  const { lines, rest } = splitLines(Buffer.concat([output.rest, chunk]));
  output.rest = rest;
  printLogLines(output.label, lines, colors);
  if (rest.length > LONGEST_LINE || (!behind && !active)) printRest(output, colors);
  return behind;
}

/** Prints an unfinished line that will not be continued. */
function printRest(output: Followed, colors: Palette): void {
  if (output.rest.length > 0) printLogLines(output.label, [output.rest], colors);
  output.rest = EMPTY;
}

const EMPTY = Buffer.alloc(0);

function readFrom(path: string, position: number): Buffer {
  try {
    const fd = openSync(path, 'r');
    try {
      const chunk = Buffer.alloc(Math.min(CHUNK, Math.max(0, fstatSync(fd).size - position)));
      return chunk.subarray(0, readSync(fd, chunk, 0, chunk.length, position));
    } finally {
      closeSync(fd);
    }
  } catch {
    // The log does not exist yet, or was removed.
    return Buffer.alloc(0);
  }
}

function printState(workload: WorkloadRecord, label: string, output: Followed): void {
  const { restarts, note } = workload.status;
  const state = `${workloadState(workload)}${restarts > 0 ? ` (restart ${restarts})` : ''}`;
  if (state === output.state) return;
  output.state = state;
  printNotice(`${label} ${state}${note === '' ? '' : `: ${note}`}`);
}
