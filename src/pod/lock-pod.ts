import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, OperationError } from '../sys/errors.ts';
import { LOCK_PATIENCE, lock, tryLock } from '../sys/lock.ts';
import { LockedDirectory } from '../sys/locked-directory.ts';
import { seal } from '../sys/seal.ts';
import { unique } from '../sys/unique.ts';
import { refuseElsewhere, refuseForeignProc } from './elsewhere.ts';
import { holderHoldsLock } from './end-holder.ts';
import type { Host } from './host.ts';
import type { Intent } from './record.ts';
import { recordedInstance } from './recorded-instance.ts';
import { DamagedRecord, type PodRecord, podFiles, podNames, podsDirectory, readPod } from './store.ts';

/** A pod that this verb may change: its lock is held until `release`. */
export interface LockedPod extends PodRecord {
  /**
   * Keeps the lock to this process. Before, each tool that is started inherits it, so that no other verb changes the pod
   * while an `ip` of a killed nslab still runs. (With a thousand inherited locks nft would not start: select(2) knows no
   * descriptor above 1023.)
   */
  keep(): void;
  release(): void;
}

/**
 * Claims a pod's name: a directory with its lock taken and its intent inside appears at once under the name, by
 * rename(2), or not at all. Two that want the same name: exactly one gets it.
 */
export async function claimPod(host: Host, root: string, intent: Intent): Promise<LockedPod> {
  const { files, kernel } = host;
  refuseForeignState(host, root);
  refuseForeignProc();
  return podsLock(host, root).locked(
    'shared',
    () => {
      const draft = join(podsDirectory(root), `.new-${unique()}`);
      const target = podFiles(root, intent.name);
      files.makeDirectory(draft);
      let fd: number | undefined;
      try {
        fd = files.open(join(draft, 'lock'), 'lock');
        tryLock(kernel, fd, 'exclusive');
        files.create(join(draft, 'intent.json'), JSON.stringify(intent));
        files.rename(draft, target.directory, CLAIM);
        seal(files, podsDirectory(root));
      } catch (error) {
        if (fd !== undefined) files.close(fd);
        files.removeTree(draft);
        if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
        throw existsAlready(intent.name);
      }
      return { files: target, intent, status: undefined, ...holding(host, fd) };
    },
    { adds: true },
  );
}

/** Refuses to add to a state directory that belongs to other namespaces. */
export function refuseForeignState(host: Host, root: string): void {
  const recorded = recordedInstance(root);
  if (recorded) refuseElsewhere(host, root, recorded, () => isAnyAlive(host, root));
}

/** Whether any pod has a living holder, wherever that is. */
function isAnyAlive(host: Host, root: string): boolean {
  return podNames(root).some((name) => holderHoldsLock(host, { files: podFiles(root, name) }));
}

const CLAIM =
  'the record appears at once with all that is in it, or not at all: of two that want the name one gets it';

/** Refuses a name that a pod has. The claim decides; this only says so before anything else can be wrong. */
export function refuseExisting(root: string, name: string): void {
  if (existsSync(podFiles(root, name).directory)) throw existsAlready(name);
}

function existsAlready(name: string): OperationError {
  return new OperationError(`pod "${name}" exists already`, {
    code: 'ERR_POD_EXISTS',
    hint: `see it with \`nslab ps -a\`, take it down with \`nslab down ${name}\``,
  });
}

/** Locks an existing pod. Undefined when there is none of that name (any more). `patience` 0: not if it is busy. */
export async function lockPod(
  host: Host,
  root: string,
  name: string,
  patience = LOCK_PATIENCE,
): Promise<LockedPod | 'busy' | undefined> {
  const { files, kernel } = host;
  const paths = podFiles(root, name);
  for (;;) {
    const directory = lstatSync(paths.directory, { throwIfNoEntry: false });
    if (!directory) return undefined;
    if (!directory.isDirectory()) throw new DamagedRecord(name, paths.directory, 'it is not a directory');
    if (lstatSync(paths.lock, { throwIfNoEntry: false })?.isFile() === false)
      throw new DamagedRecord(name, paths.lock, 'it is not a regular file');
    let fd: number;
    try {
      fd = files.open(paths.lock, 'lock');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      if (patience > 0) await lock(kernel, fd, 'exclusive', `pod "${name}"`, patience);
      else if (!tryLock(kernel, fd, 'exclusive')) return close('busy');
      // While we waited the pod may have been removed, and even made again.
      if (!files.isStill(fd, paths.lock)) {
        close(undefined);
        continue;
      }
      const record = readPod(root, name);
      refuseElsewhere(host, root, record.intent.instance, () => holderHoldsLock(host, record));
      return { ...record, ...holding(host, fd) };
    } catch (error) {
      files.close(fd);
      throw error;
    }
    function close<T>(value: T): T {
      files.close(fd);
      return value;
    }
  }
}

/** The directory of the pods, and its lock. */
export function podsLock(host: Pick<Host, 'kernel' | 'files'>, root: string): LockedDirectory {
  return new LockedDirectory(root, 'pods', host.kernel, host.files);
}

function holding({ files, held }: Host, fd: number): Pick<LockedPod, 'keep' | 'release'> {
  let open = true;
  held.add(fd);
  return {
    keep: () => void held.delete(fd),
    release: () => {
      held.delete(fd);
      // Closing is enough: the lock goes with the last copy, also that of a tool which is still at work for us.
      if (open) files.close(fd);
      open = false;
    },
  };
}
