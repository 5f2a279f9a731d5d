import type { Chapter } from './by-step.ts';
import type { Event } from './event.ts';
import { shellLines } from './shell.ts';
import { STEPS } from './steps.ts';
import { why } from './why.ts';

/** An event in a reader's words, whether he reads a terminal or a page. */
export interface Explained {
  /** As the man page writes it. */
  readonly call: string;
  readonly result: string;
  readonly failed: boolean;
  readonly time: string;
  /** What a shell would be told, and what it is for; either may be missing. */
  readonly lines: ReadonlyArray<{ readonly shell: string | undefined; readonly reason: string | undefined }>;
  readonly evidence: readonly string[];
}

export function explain(event: Event, errnoName: (errno: number) => string): Explained {
  const { channel, result, errno, us, evidence = [] } = event;
  const shells = shellsOf(event);
  const reasons = why(event);
  return {
    call: callOf(event),
    result: errno === undefined ? String(result) : `-1 ${errnoName(errno)}`,
    failed: errno !== undefined || ((channel === 'ip' || channel === 'nft') && result !== 0),
    time: us >= 10_000 ? `${(us / 1000).toFixed(1)} ms` : `${us} µs`,
    lines: Array.from({ length: Math.max(shells.length, reasons.length) }, (_, index) => ({
      shell: shells[index],
      reason: reasons[index] || undefined,
    })),
    evidence,
  };
}

/** What a step is called, and what it is for. */
export function titleOf({ step, subject }: Pick<Chapter, 'step' | 'subject'>): {
  name: string;
  about: string;
} {
  const name = (step ?? 'looked at').toUpperCase();
  return {
    name: subject === undefined ? name : `${name} ${subject}`,
    about: step ? STEPS[step] : 'before anything is touched',
  };
}

function callOf({ channel, call, args, argv, inside }: Event): string {
  const [setting, values = ''] = args.split(': ');
  if (channel === 'sysctl') return `write("/proc/sys/${setting}", "${values.replace(/.* -> /, '')}")`;
  if (channel === 'spawn' && argv) return `execve("${argv[0]}", …)`;
  const where = inside === undefined ? '' : ` (in the network namespace of ${inside})`;
  if (channel !== 'ip' && channel !== 'nft') return `${call}(${args})${where}`;
  return `${call} ${args}${where}`;
}

/** A batch is many lines, each with a reason of its own; a transaction of nft is one thing. */
function shellsOf(event: Event): string[] {
  const lines = shellLines(event);
  return event.channel === 'nft' ? [lines.join('\n')] : lines;
}
