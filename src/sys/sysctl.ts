import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Call, Transcript } from '../transcript/transcript.ts';
import { directoryEntries } from './directory-entries.ts';
import { errorCode, OperationError } from './errors.ts';

/** The channel `sysctl`: the few kernel settings that we change, by path below /proc/sys. */
export interface Sysctl {
  /** The value now, or undefined where this kernel has no such setting. */
  read(path: string): string | undefined;
  /** The names in a directory of settings that are wanted, sorted. */
  list(path: string, isWanted: (name: string) => boolean): string[];
  /** Equivalent to: `sysctl -w PATH=VALUE`. Returns what was there before. Nothing is written when it is so already. */
  write(path: string, value: string, purpose: string): string;
}

export function openSysctl(transcript: Transcript): Sysctl {
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
    } catch (error) {
      // Any other failure must not be taken for it: what was there before would not be put back.
      if (errorCode(error) === 'ENOENT') return undefined;
      throw new OperationError(`cannot read /proc/sys/${path}: ${errorCode(error)}`, { cause: error });
    }
  };
  const write = (path: string, value: string, purpose: string): string => {
    const before = read(path);
    if (before === undefined) throw new OperationError(`no setting /proc/sys/${path} in this kernel`);
    if (before === value) return before;
    const done = transcript.begin(settingCall({ path, before, value, purpose }));
    try {
      const fd = openSync(`/proc/sys/${path}`, 'w');
      try {
        writeSync(fd, value);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      done({ result: -1, errno: -((error as NodeJS.ErrnoException).errno ?? 0) });
      throw new OperationError(`cannot write /proc/sys/${path}: ${errorCode(error)}`, {
        cause: error,
        hint: 'settings are read-only in many containers: run nslab on the host or in a VM',
      });
    }
    done({ result: 0 }, () => [`/proc/sys/${path} is ${read(path)}`]);
    return before;
  };
  const list: Sysctl['list'] = (path, isWanted) => directoryEntries(`/proc/sys/${path}`, isWanted);
  return { read, list, write };
}

/** A setting as the transcript has it, whether it is written or only planned. */
export function settingCall({
  path,
  before,
  value,
  purpose,
}: Record<'path' | 'before' | 'value' | 'purpose', string>): Call {
  const equivalent = `echo ${value} > /proc/sys/${path}`;
  return { channel: 'sysctl', call: 'write', args: `${path}: ${before} -> ${value}`, purpose, equivalent };
}
