import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { podNames, readPod } from '../pod/store.ts';
import { isActive, readWorkloads, type WorkloadRecord, workloadState } from '../pod/workload-record.ts';
import { type Palette, palette, type When } from '../render/palette.ts';
import { printNotice } from './globals.ts';

/** Polling interval, in milliseconds. */
const INTERVAL = 50;

/** Bytes printed per workload and turn: a workload that writes without pause must not block Ctrl-C. */
const CHUNK = 1 << 20;

/** A longer line is split: its newline may never come. */
const LONGEST_LINE = 1 << 16;

/** The position and the last state of one workload. */
interface Followed {
  readonly label: string;
  position: number;
  /** Keeps a character that is cut at the end of a chunk. */
  readonly decoder: StringDecoder;
  /** The text after the last newline. */
  rest: string;
  state: string;
}

/**
 * Prints the output of the pods' workloads, each line prefixed with the workload's name, and their changes of state, until
 * all have ended or `stopped()` is true. Returns whether one has failed.
 */
export async function followOutput(
  root: string,
  pods: readonly string[],
  stopped: () => boolean,
  color: When | undefined,
): Promise<boolean> {
  const followed = new Map<string, Followed>();
  const paint = painter(palette(process.stdout, color));
  for (;;) {
    const workloads = workloadsOf(root, pods);
    let behind = false;
    const width = Math.max(0, ...workloads.map((workload) => labelOf(workload, pods).length));
    for (const workload of workloads) {
      const key = labelOf(workload, pods);
      const output = followed.get(key) ?? {
        label: paint(key.padEnd(width), followed.size),
        position: 0,
        decoder: new StringDecoder('utf8'),
        rest: '',
        state: 'running',
      };
      followed.set(key, output);
      if (printNew(workload, output)) behind = true;
      else printState(workload, key, output);
    }
    if (stopped() || (!behind && hasEnded(workloads))) return workloads.some(hasFailed);
    await sleep(behind ? 0 : INTERVAL);
  }
}

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

function labelOf({ name, files }: WorkloadRecord, pods: readonly string[]): string {
  const pod = files.directory.split('/').at(-3);
  return pods.length > 1 ? `${pod}/${name}` : name;
}

/** Assigns colours in turn. */
function painter({ cyan, yellow, green, magenta, blue }: Palette): (text: string, index: number) => string {
  const all = [cyan, yellow, green, magenta, blue];
  return (text, index) => (all[index % all.length] ?? String)(text);
}

/** Prints whole lines, because workloads write concurrently. Returns whether more output is waiting. */
function printNew(workload: WorkloadRecord, output: Followed): boolean {
  const active = isActive(workload);
  const chunk = readFrom(workload.files.log, output.position);
  output.position += chunk.length;
  const behind = chunk.length === CHUNK;
  const lines = (output.rest + output.decoder.write(chunk)).split('\n');
  output.rest = lines.pop() ?? '';
  if (output.rest.length > LONGEST_LINE || (output.rest !== '' && !behind && !active)) {
    lines.push(output.rest);
    output.rest = '';
  }
  if (lines.length > 0) process.stdout.write(lines.map((line) => `${output.label} | ${line}\n`).join(''));
  return behind;
}

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
