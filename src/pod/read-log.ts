import { createReadStream, existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '../sys/errors.ts';
import type { PodFiles } from './store.ts';
import { isActive, readWorkload, type WorkloadRecord } from './workload-record.ts';

export interface LogOptions {
  /** Goes on until the workload has ended for good. */
  readonly follow?: boolean | undefined;
  /** The last lines only. Default: all. */
  readonly tail?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a workload has written: the bytes of its log, in pieces as they come. */
export async function* readLog(
  pod: PodFiles,
  record: WorkloadRecord,
  { follow = false, tail, signal }: LogOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  if (!record.spec.logged)
    throw new OperationError(
      `workload "${record.name}" ran in the foreground: its output went to that terminal`,
      { code: 'ERR_NOT_LOGGED' },
    );
  const path = record.files.log;
  let position = tail === undefined ? 0 : await startOfLast(path, tail);
  for (let ended = !follow; ; ) {
    const end = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (end > position) yield* createReadStream(path, { start: position, end: end - 1, signal });
    position = Math.max(position, end);
    if (ended || !existsSync(path)) return;
    // Asked before the last look at the file: what it wrote at its end is in it.
    ended = hasEnded(pod, record.name);
    if (!ended) await sleep(POLL, undefined, { signal });
  }
}

/** In milliseconds. */
const POLL = 100;

/** Also one whose record is gone, with its pod or alone. */
function hasEnded(pod: PodFiles, name: string): boolean {
  const now = readWorkload(pod, name);
  return !now || !isActive(now);
}

/** The offset of the last lines. Reads from the end: a log may be large. */
async function startOfLast(path: string, lines: number): Promise<number> {
  const size = statSync(path).size;
  if (lines === 0) return size;
  const file = await open(path);
  try {
    const block = Buffer.alloc(64 * 1024);
    let found = 0;
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - block.length);
      await file.read(block, 0, end - start, start);
      for (let at = end - start - 1; at >= 0; at--) {
        // The newline at the end of the file does not start another line.
        if (block[at] === 10 && start + at !== size - 1 && ++found === lines) return start + at + 1;
      }
      end = start;
    }
    return 0;
  } finally {
    await file.close();
  }
}
