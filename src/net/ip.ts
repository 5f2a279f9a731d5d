import { enter } from '../ns/window.ts';
import { OperationError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { parseToolJson } from '../sys/tool-json.ts';
import type { Call } from '../transcript/transcript.ts';
import { deviceExists } from './device.ts';
import type { Driver, Inside, Link } from './driver.ts';
import { addressesNow, linksNow } from './evidence.ts';
import { LINK, LINKS, ROUTES, RULES } from './netlink-answers.ts';
import { listChains, listTables, openNft } from './nft.ts';
import { describeOperations, type Operation, operationError } from './operations.ts';
import { startTool } from './run-tool.ts';

/** The channel `ip`: iproute2. */
export interface Ip extends Driver {
  readonly name: 'ip';
  /** Equivalent to: `ip -json WORDS…`. Asks, and changes nothing. An error when what it asks for is not there. */
  query(purpose: string, ...words: string[]): Promise<IpObject[]>;
}

/** What `ip -json` prints: the few fields that we read. */
export interface IpObject {
  readonly ifname?: string;
  readonly ifindex?: number;
  readonly ifalias?: string;
  readonly address?: string;
  readonly mtu?: number;
  readonly dst?: string;
  readonly dev?: string;
  readonly [field: string]: unknown;
}

export function openIp(kernel: Kernel, held: Iterable<number>): Ip {
  const { transcript } = kernel;
  const query = async (purpose: string, ...words: string[]): Promise<IpObject[]> => {
    const all = ['-json', ...words];
    const done = transcript.begin({ channel: 'ip', call: 'ip', args: all.join(' '), purpose });
    const { status, stdout, stderr } = await startTool({ file: 'ip', words: all, held }).finished;
    done({ result: status });
    if (status !== 0) throw new OperationError(`ip ${all.join(' ')} failed: ${reason(stderr)}`);
    if (stdout.trim() === '') return [];
    // `[{}]` is how old versions write an empty list.
    return parseToolJson<IpObject[]>(stdout).filter((object) => Object.keys(object).length > 0);
  };
  return {
    name: 'ip',
    query,

    /** `ip -batch -` with a line for each operation; inside a pod `ip -n NAME -batch -`, which joins the namespace itself. */
    async apply(operations, inside) {
      const call = batchCall(operations, inside);
      const start = () => {
        const done = transcript.begin(call);
        return { done, ...startTool({ file: 'ip', words: batchWords(inside), input: call.input, held }) };
      };
      const { done, finished } =
        inside && inside.name === undefined
          ? enter(kernel, { join: [['net', inside.fd as number]] }, start)
          : start();
      const { status, stderr } = await finished;
      done({ result: status }, () =>
        inside
          ? addressesNow(inside.pid)
          : linksNow(operations.flatMap((each) => ('name' in each ? each.name : []))),
      );
      if (status !== 0) throw batchError(operations, stderr, inside !== undefined);
    },

    openNetnsSocket: () => undefined,
    links: async () => (await query(LINKS, '-details', 'link', 'show')).map(toLink),

    async link(name) {
      try {
        return (await query(LINK, '-details', 'link', 'show', 'dev', name)).map(toLink)[0];
      } catch (error) {
        if (deviceExists(name)) throw error;
        return undefined;
      }
    },

    routes: async () =>
      (await query(ROUTES, '-4', 'route', 'show', 'table', 'all')).flatMap(({ dst = '', dev, nexthops }) =>
        // A route by several devices has them in a list.
        ((nexthops ?? [{ dev }]) as readonly IpObject[]).map(({ dev }) => ({ to: dst, device: dev })),
      ),

    hasPolicyRules: async () =>
      (await query(RULES, '-4', 'rule', 'show')).some(
        ({ table }) => !['local', 'main', 'default'].includes(String(table ?? 'main')),
      ),

    // iproute2 knows nothing of nftables: of these its sister is asked.
    tables: () => listTables(openNft(transcript, held)),
    chains: () => listChains(openNft(transcript, held)),
  };
}

/** `ip` has names for some groups: /etc/iproute2/group. Which ones does not matter where an unused number is looked for. */
function toLink({ ifname = '', ifindex = 0, mtu = 0, ifalias, address, linkinfo, group }: IpObject): Link {
  const { info_kind: kind } = (linkinfo ?? {}) as { info_kind?: string };
  return { name: ifname, index: ifindex, mtu, kind, alias: ifalias, mac: address, group: Number(group) || 0 };
}

/** A namespace without a name is joined by us, and `ip` is started in it. */
function batchWords(inside: Pick<Inside, 'name'> | undefined): string[] {
  return [...(inside?.name === undefined ? [] : ['-n', inside.name]), '-batch', '-'];
}

/** A batch as the transcript has it, whether it is run or only planned. */
export function batchCall(operations: readonly Operation[], inside?: Pick<Inside, 'pid' | 'name'>) {
  return {
    channel: 'ip',
    call: 'ip',
    args: batchWords(inside).join(' '),
    ...(inside && { inside: inside.pid }),
    ...describeOperations(operations, inside),
  } as const satisfies Call;
}

/** Names the operation that failed: `ip -batch` says the number of the line. */
function batchError(operations: readonly Operation[], stderr: string, inside: boolean): OperationError {
  const line = Number(/Command failed -:(\d+)/.exec(stderr)?.[1] ?? 1);
  return operationError(operations[line - 1], reason(stderr), inside);
}

/** The first line that `ip` has written, without its own preamble. */
function reason(stderr: string): string {
  return stderr.split('\n')[0]?.replace(/^(RTNETLINK answers|Error): /, '') || 'no reason given';
}
