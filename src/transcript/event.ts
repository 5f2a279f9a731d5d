/** The ways by which nslab reaches the kernel. What passes none of them is not done. */
export type Channel = 'syscall' | 'spawn' | 'sysctl' | 'ip' | 'netlink' | 'nft' | 'shim';

/** What a pod's life is told in: each event belongs to one of these steps. */
export type Step =
  | 'claim'
  | 'lease'
  | 'network'
  | 'holder'
  | 'wire'
  | 'address'
  | 'nat'
  | 'workload'
  | 'service'
  | 'policy'
  | 'exec'
  | 'commit'
  | 'stop'
  | 'undo';

/** One thing that was asked of the kernel, and what came of it. One JSON line in the transcript. */
export interface Event {
  /** CLOCK_MONOTONIC at the start of the call, in nanoseconds: processes that share a transcript are sorted by it. */
  readonly t: number;
  readonly channel: Channel;
  /** The pid that asked, as the host counts. */
  readonly who: number;
  readonly step?: Step;
  /** The workload that it serves. */
  readonly subject?: string;
  /** What it is for, in one sentence; of a batch one line for each line of `equivalent`. */
  readonly purpose: string;
  /** The name as the man page has it (`unshare`), or the program (`ip`). */
  readonly call: string;
  /** Symbolic arguments (`CLONE_NEWNET|CLONE_NEWIPC`), or the program's words. */
  readonly args: string;
  /** The words of a program, one by one: `args` shows them joined. */
  readonly argv?: readonly string[];
  /** The pid of the holder in whose network namespace a tool was run. */
  readonly inside?: number;
  /** What the program read on its standard input: a batch, a transaction. Of netlink's messages, what `ip -batch` would read. */
  readonly input?: string;
  /** What was sent to the kernel, in hexadecimal: netlink's messages. */
  readonly bytes?: string;
  /** The return value or exit status; -1 with `errno` for a failed system call, or a message that the kernel refused. */
  readonly result: number;
  readonly errno?: number;
  /** How long it took, in microseconds. */
  readonly us: number;
  /** What the kernel says afterwards: inodes before and after, links, addresses, settings. */
  readonly evidence?: readonly string[];
  /** The shell line that does the same. */
  readonly equivalent?: string;
}
