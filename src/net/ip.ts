import { enter } from '../ns/window.ts';
import { OperationError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import type { Intent } from '../transcript/diary.ts';
import { addressesNow, linksNow } from './evidence.ts';
import { ipWords, type Operation } from './operations.ts';
import { startTool } from './run.ts';

/** The door `ip`: iproute2, in this machine's network namespace or inside another one. */
export interface Ip {
  /** Equivalent to: `ip -batch -` with a line for each operation. Not atomic: what precedes a failure is done. */
  batch(operations: readonly Operation[], inside?: Inside): Promise<void>;
  /** Equivalent to: `ip -json WORDS…`. Asks, and changes nothing. An error when what it asks for is not there. */
  query(...words: string[]): Promise<IpObject[]>;
}

/** A network namespace by an open descriptor of it, and by whose it is (for the equivalent shell line). */
export interface Inside {
  readonly fd: number;
  readonly pid: number;
}

/** What `ip -json` prints: the few fields that we read. */
export interface IpObject {
  readonly ifname?: string;
  readonly ifindex?: number;
  readonly ifalias?: string;
  readonly mtu?: number;
  readonly dst?: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly protocol?: string;
  readonly [field: string]: unknown;
}

export function openIp(kernel: Kernel, held: Iterable<number>): Ip {
  const { diary } = kernel;
  return {
    async batch(operations, inside) {
      const intent = batchIntent(operations, inside);
      const start = () => {
        const done = diary.begin(intent);
        return { done, ...startTool({ file: 'ip', words: BATCH, input: intent.input, held }) };
      };
      const { done, finished } = inside ? enter(kernel, { join: [['net', inside.fd]] }, start) : start();
      const { status, stderr } = await finished;
      done({ result: status }, () =>
        inside ? addressesNow(inside.pid) : linksNow(operations.map(({ name }) => name)),
      );
      if (status !== 0) throw batchError(operations, stderr, inside !== undefined);
    },

    async query(...words) {
      const all = ['-json', ...words];
      const done = diary.begin({ door: 'ip', call: 'ip', args: all.join(' ') });
      const { status, stdout, stderr } = await startTool({ file: 'ip', words: all, held }).finished;
      done({ result: status });
      if (status !== 0) throw new OperationError(`ip ${all.join(' ')} failed: ${reason(stderr)}`);
      if (stdout.trim() === '') return [];
      // `[{}]` is how old versions write an empty list.
      return (JSON.parse(stdout) as IpObject[]).filter((object) => Object.keys(object).length > 0);
    },
  };
}

const BATCH = ['-batch', '-'];

/** A batch as the diary has it, whether it is run or only planned. */
export function batchIntent(operations: readonly Operation[], inside?: Pick<Inside, 'pid'>) {
  const lines = operations.map(ipWords);
  const where = inside ? `nsenter --net=/proc/${inside.pid}/ns/net ` : '';
  return {
    door: 'ip',
    call: 'ip',
    args: BATCH.join(' '),
    ...(inside && { inside: inside.pid }),
    input: `${lines.join('\n')}\n`,
    equivalent: lines.map((line) => `${where}ip ${line}`).join('\n'),
  } as const satisfies Intent;
}

/** Names the operation that failed: `ip -batch` says the number of the line. */
function batchError(operations: readonly Operation[], stderr: string, inside: boolean): OperationError {
  const line = Number(/Command failed -:(\d+)/.exec(stderr)?.[1] ?? 1);
  const failed = operations[line - 1];
  const what = failed ? `ip ${ipWords(failed)}` : 'ip -batch';
  const why = reason(stderr);
  return new OperationError(`${what}${inside ? ' (in the pod)' : ''} failed: ${why}`, {
    hint: /permitted/.test(why) ? 'this needs CAP_NET_ADMIN: run nslab as root (sudo)' : undefined,
  });
}

/** The first line that `ip` has written, without its own preamble. */
function reason(stderr: string): string {
  return stderr.split('\n')[0]?.replace(/^(RTNETLINK answers|Error): /, '') || 'no reason given';
}
