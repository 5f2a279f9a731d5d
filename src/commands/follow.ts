import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { podNames, readPod } from '../pod/store.ts';
import { isActive, readWorkloads, type WorkloadRecord, workloadState } from '../pod/workload-record.ts';
import { type Palette, palette, type When } from '../render/palette.ts';
import { say } from './globals.ts';
import { printLogLines } from './print.ts';

/** How often we look, in milliseconds. */
const PAUSE = 50;

/** How much of one workload's output is shown at a time: one that never stops writing must not keep us from Ctrl-C. */
const PORTION = 1 << 20;

/** What has no newline for so many bytes is shown as a line: it may never have one. */
const LONGEST_LINE = 1 << 16;

/** What one workload has been seen to write and to be. */
interface Seen {
  readonly label: string;
  position: number;
  /** What stands after its last newline. */
  rest: Buffer;
  state: string;
}

/**
 * Shows what the workloads of some pods write, each line with its workload's name before it, and says when one changes
 * its state; until all have ended, or `stopped` says so. True when one of them has failed.
 */
export async function follow(
  root: string,
  pods: readonly string[],
  stopped: () => boolean,
  color: When | undefined,
): Promise<boolean> {
  const seen = new Map<string, Seen>();
  const colors = palette(process.stdout, color);
  const paint = painter(colors);
  for (;;) {
    const workloads = all(root, pods);
    let behind = false;
    const width = Math.max(0, ...workloads.map((workload) => labelOf(workload, pods).length));
    for (const workload of workloads) {
      const key = labelOf(workload, pods);
      const it = seen.get(key) ?? {
        label: paint(key.padEnd(width), seen.size),
        position: 0,
        rest: EMPTY,
        state: 'running',
      };
      seen.set(key, it);
      if (showNew(workload, it, colors)) behind = true;
      else sayState(workload, key, it);
    }
    if (stopped() || (!behind && hasEnded(workloads))) {
      for (const it of seen.values()) showRest(it, colors);
      return workloads.some(hasFailed);
    }
    await sleep(behind ? 0 : PAUSE);
  }
}

/** Everything but sidecars, which would run for ever. */
function hasEnded(workloads: readonly WorkloadRecord[]): boolean {
  return workloads.every((workload) => workload.spec.phase === 'sidecar' || !isActive(workload));
}

function hasFailed({ spec, status }: WorkloadRecord): boolean {
  return spec.phase !== 'sidecar' && (status.state === 'failed' || status.code !== 0);
}

/** A pod that somebody takes down meanwhile is no longer there to be followed. */
function all(root: string, pods: readonly string[]): WorkloadRecord[] {
  const there = podNames(root);
  return pods.filter((pod) => there.includes(pod)).flatMap((pod) => readWorkloads(readPod(root, pod).files));
}

function labelOf({ name, files }: WorkloadRecord, pods: readonly string[]): string {
  const pod = files.directory.split('/').at(-3);
  return pods.length > 1 ? `${pod}/${name}` : name;
}

/** The same colour for the same workload, as long as there are enough. */
function painter({ cyan, yellow, green, magenta, blue }: Palette): (text: string, index: number) => string {
  const all = [cyan, yellow, green, magenta, blue];
  return (text, index) => (all[index % all.length] ?? String)(text);
}

/** Whole lines only: two workloads write at the same time. True when there is more than was shown. */
function showNew(workload: WorkloadRecord, it: Seen, colors: Palette): boolean {
  const active = isActive(workload);
  const portion = readFrom(workload.files.log, it.position);
  it.position += portion.length;
  const behind = portion.length === PORTION;
  const { lines, rest } = linesOf(Buffer.concat([it.rest, portion]));
  it.rest = rest;
  printLogLines(it.label, lines, colors);
  if (rest.length > LONGEST_LINE || (!behind && !active)) showRest(it, colors);
  return behind;
}

/** What is not a whole line, and will not become one. */
function showRest(it: Seen, colors: Palette): void {
  if (it.rest.length > 0) printLogLines(it.label, [it.rest], colors);
  it.rest = EMPTY;
}

/** Bytes and not characters: a program writes what it likes, and nothing of it may be lost. */
function linesOf(bytes: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { lines, rest: bytes.subarray(start) };
}

const EMPTY = Buffer.alloc(0);

function readFrom(path: string, position: number): Buffer {
  try {
    const fd = openSync(path, 'r');
    try {
      const portion = Buffer.alloc(Math.min(PORTION, Math.max(0, fstatSync(fd).size - position)));
      return portion.subarray(0, readSync(fd, portion, 0, portion.length, position));
    } finally {
      closeSync(fd);
    }
  } catch {
    // Not there yet, or not any more.
    return Buffer.alloc(0);
  }
}

function sayState(workload: WorkloadRecord, label: string, it: Seen): void {
  const { restarts, note } = workload.status;
  const state = `${workloadState(workload)}${restarts > 0 ? ` (restart ${restarts})` : ''}`;
  if (state === it.state) return;
  it.state = state;
  say(`${label} ${state}${note === '' ? '' : `: ${note}`}`);
}
