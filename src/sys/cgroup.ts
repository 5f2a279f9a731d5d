import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transcript } from '../transcript/transcript.ts';
import { errnoWords, errorCode, OperationError } from './errors.ts';
import { readMaybe } from './procfs.ts';

/** What we have the kernel keep a workload to. cgroups(7) */
export type Controller = 'memory' | 'cpu';

/** A hierarchy of control groups that has a controller. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** The directory in which a group for it can be made. */
  readonly path: string;
}

/** What we do to control groups. A part of the channel `syscall`: a directory, a file in it. */
export interface Cgroups {
  /** mkdir(2). An error when it is there already. */
  make(path: string): void;
  /** Equivalent to: `echo VALUE > PATH`. */
  write(path: string, value: string): void;
  /** rmdir(2). False while a process is still in it; already gone is fine. */
  remove(path: string): boolean;
}

export function openCgroups(transcript: Transcript): Cgroups {
  const note = (call: string, args: string, equivalent: string, action: () => void) => {
    const done = transcript.begin({ channel: 'syscall', call, args, equivalent });
    try {
      action();
      done({ result: 0 });
    } catch (error) {
      done({ result: -1, errno: Math.abs((error as NodeJS.ErrnoException).errno ?? 0) });
      throw error;
    }
  };
  return {
    make: (path) =>
      told(path, () => note('mkdir', `"${path}", 0755`, `mkdir ${path}`, () => mkdirSync(path, 0o755))),
    write: (path, value) =>
      told(path, () =>
        note('write', `"${path}", "${value}"`, `echo ${value} > ${path}`, () => writeFileSync(path, value)),
      ),
    remove(path) {
      if (!existsSync(path)) return true;
      try {
        note('rmdir', `"${path}"`, `rmdir ${path}`, () => rmdirSync(path));
        return true;
      } catch (error) {
        if (errorCode(error) === 'EBUSY') return false;
        if (errorCode(error) === 'ENOENT') return true;
        throw error;
      }
    },
  };
}

/** Where groups with a controller can be made: version 2 where it hands the controller on, else its own of version 1. */
export function findHierarchy(controller: Controller): Hierarchy | undefined {
  const all = hierarchies();
  const second = all.find(({ version }) => version === 2);
  const handedOn = second && readMaybe(join(second.path, 'cgroup.subtree_control'))?.trim().split(' ');
  if (second && handedOn?.includes(controller)) return { version: 2, path: second.path };
  const first = all.find(({ version, controllers }) => version === 1 && controllers.includes(controller));
  return first && { version: 1, path: first.path };
}

/** Why there is none, and what an administrator can do about it: a setting of the whole machine is not ours to change. */
export function whyNoHierarchy(controller: Controller): string {
  const second = hierarchies().find(({ version }) => version === 2);
  const has =
    second && readMaybe(join(second.path, 'cgroup.controllers'))?.trim().split(' ').includes(controller);
  return second && has
    ? `its controller is not handed on: echo +${controller} > ${join(second.path, 'cgroup.subtree_control')}`
    : `this machine has no ${controller} cgroup`;
}

/**
 * Those that can be reached: what is listed may be hidden below another mount.
 * proc_pid_mountinfo(5): … POINT FLAGS [tag…] - TYPE source OPTIONS
 */
function hierarchies(): Mounted[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line): Mounted[] => {
      const [before = '', after = ''] = line.split(' - ');
      const path = before.split(' ')[4] ?? '';
      const [type, , options = ''] = after.split(' ');
      if (type === 'cgroup2') return [{ version: 2, path, controllers: [] }];
      return type === 'cgroup' ? [{ version: 1, path, controllers: options.split(',') }] : [];
    })
    .filter(({ path }) => existsSync(join(path, 'cgroup.procs')));
}

type Mounted = Hierarchy & { readonly controllers: readonly string[] };

function told(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const [code, meaning] = errnoWords(Math.abs((error as NodeJS.ErrnoException).errno ?? 0));
    throw new OperationError(`cannot limit a workload: ${path}: ${code} (${meaning})`, {
      cause: error,
      hint: 'run it without limits, or see whether this machine lets root make control groups there',
    });
  }
}
