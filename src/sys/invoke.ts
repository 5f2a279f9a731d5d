import type { Evidence, Transcript } from '../transcript/transcript.ts';
import { SyscallError } from './errors.ts';
import type { CallArgument, CallName, Libc } from './libc.ts';

export type { Evidence };

/** The channel `syscall`: the C library, and the transcript in which each call is written. */
export interface Kernel {
  readonly libc: Libc;
  readonly transcript: Transcript;
}

/** One call as it is made and as it is shown: `args` as the man page writes them, and the shell line that does it. */
export interface Syscall {
  readonly name: CallName;
  readonly raw: readonly CallArgument[];
  readonly args: string;
  readonly equivalent?: string;
  readonly evidence?: Evidence;
}

/** Makes one system call, writes it into the transcript, and throws on -1. Only `sys/` calls this: see syscalls.ts. */
export function invoke(
  { libc, transcript }: Kernel,
  { name, raw, args, equivalent, evidence }: Syscall,
): number {
  const done = transcript.begin({
    channel: 'syscall',
    call: name,
    args,
    ...(equivalent !== undefined && { equivalent }),
  });
  const { result, errno } = libc(name, raw);
  done(result === -1 ? { result, errno } : { result }, result === -1 ? undefined : evidence);
  if (result === -1) throw new SyscallError(name, args, errno);
  return result;
}
