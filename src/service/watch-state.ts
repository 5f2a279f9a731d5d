import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { podFiles, podNames, podsDirectory } from '../pod/store.ts';
import { workloadFiles, workloadNames } from '../pod/workload-record.ts';
import { servicesDirectory } from './record.ts';

/** What in a directory is written all the time, and says nothing of its state. */
const NOISE = new Set(['transcript.jsonl', 'log', 'lock', 'execs']);

/**
 * Calls `look` after records of the state directory have changed: by inotify(7), and now and then because a process may have ended that
 * had no time to write it down. `soon` asks for a look.
 */
export function watchState(root: string, look: () => void): { close(): void; soon(): void } {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const watchAll = () => {
    const wanted = new Set(placesOf(root));
    for (const [path, watcher] of watchers)
      if (!wanted.has(path)) {
        watcher.close();
        watchers.delete(path);
      }
    for (const path of wanted) if (!watchers.has(path)) open(path);
  };
  const open = (path: string) => {
    try {
      const watcher = watch(path, (_, file) => {
        if (path === dirname(root) ? file === basename(root) : !NOISE.has(file ?? '')) soon();
      });
      // The directory is gone, or there are no more watches: what is looked at now and then is not missed.
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(path);
      });
      watchers.set(path, watcher);
    } catch {
      // It was there a moment ago.
    }
  };
  const due = (milliseconds: number) => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(turn, milliseconds);
  };
  let pause = QUICK;
  let isSoon = false;
  const turn = () => {
    const begun = performance.now();
    watchAll();
    look();
    const took = performance.now() - begun;
    pause = Math.max(QUICK, took);
    isSoon = false;
    due(Math.max(SLOW, 20 * took));
  };
  const soon = () => {
    if (isSoon) return;
    isSoon = true;
    due(pause);
  };
  watchAll();
  due(SLOW);
  return {
    soon,
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** Milliseconds: several files change at once; and how long nothing that is not written down stays unseen. */
const QUICK = 10;
const SLOW = 1000;

function placesOf(root: string): string[] {
  return [
    ...[dirname(root), root, podsDirectory(root), servicesDirectory(root)],
    ...podNames(root).flatMap((name) => {
      const files = podFiles(root, name);
      return [
        ...[files.directory, files.workloads],
        ...workloadNames(files).map((workload) => workloadFiles(files, workload).status),
      ];
    }),
  ];
}
