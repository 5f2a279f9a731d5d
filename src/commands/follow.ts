import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { podNames, readPod } from '../pod/store.ts';
import { isActive, readWorkloads, type WorkloadRecord, workloadState } from '../pod/workload-record.ts';
import { type Palette, palette, type When } from '../render/palette.ts';
import { say } from './globals.ts';

/** How often we look, in milliseconds. */
const PAUSE = 50;

/** What one workload has been seen to write and to be. */
interface Seen {
  readonly label: string;
  position: number;
  /** What stands after its last newline. */
  rest: string;
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
  const paint = painter(palette(process.stdout, color));
  for (;;) {
    const workloads = all(root, pods);
    const width = Math.max(0, ...workloads.map((workload) => labelOf(workload, pods).length));
    for (const workload of workloads) {
      const key = labelOf(workload, pods);
      const it = seen.get(key) ?? {
        label: paint(key.padEnd(width), seen.size),
        position: 0,
        rest: '',
        state: 'running',
      };
      seen.set(key, it);
      showNew(workload, it);
      sayState(workload, key, it);
    }
    if (stopped() || hasEnded(workloads)) return workloads.some(hasFailed);
    await sleep(PAUSE);
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

/** Whole lines only: two workloads write at the same time. */
function showNew(workload: WorkloadRecord, it: Seen): void {
  const text = it.rest + readFrom(workload.files.log, it);
  const lines = text.split('\n');
  it.rest = lines.pop() ?? '';
  if (it.rest !== '' && !isActive(workload)) {
    lines.push(it.rest);
    it.rest = '';
  }
  if (lines.length > 0) process.stdout.write(lines.map((line) => `${it.label} | ${line}\n`).join(''));
}

function readFrom(path: string, it: Seen): string {
  const chunk = Buffer.alloc(64 * 1024);
  let text = '';
  try {
    const fd = openSync(path, 'r');
    for (let length = 1; length > 0; it.position += length) {
      length = readSync(fd, chunk, 0, chunk.length, it.position);
      text += chunk.toString('utf8', 0, length);
    }
    closeSync(fd);
  } catch {
    // Not there yet, or not any more.
  }
  return text;
}

function sayState(workload: WorkloadRecord, label: string, it: Seen): void {
  const { restarts, note } = workload.status;
  const state = `${workloadState(workload)}${restarts > 0 ? ` (restart ${restarts})` : ''}`;
  if (state === it.state) return;
  it.state = state;
  say(`${label} ${state}${note === '' ? '' : `: ${note}`}`);
}
