import { OperationError } from '../sys/errors.ts';
import { which } from '../sys/which.ts';
import type { Transcript } from '../transcript/transcript.ts';
import { startTool } from './run-tool.ts';

/** firewalld's zone for what may pass. Its runtime configuration only: after its restart nslab has to ask again. */
export interface Firewalld {
  isRunning(): Promise<boolean>;
  /** Whether the zone has the subnet, by whomever. */
  trusts(subnet: string): Promise<boolean>;
  /** Equivalent to: `firewall-cmd --zone=trusted --add-source=SUBNET`. */
  trust(subnet: string): Promise<void>;
  /** Equivalent to: `firewall-cmd --zone=trusted --remove-source=SUBNET`. */
  distrust(subnet: string): Promise<void>;
}

/** By firewall-cmd(1), as programs that are not part of firewalld do. */
export function openFirewalld(transcript: Transcript, held: Iterable<number>): Firewalld {
  const run = async (purpose: string, ...words: string[]) => {
    const done = transcript.begin(firewalldCall(purpose, words));
    const { status, stderr } = await startTool({ file: 'firewall-cmd', words, held }).finished;
    done({ result: status });
    return { status, stderr };
  };
  const must = async (purpose: string, ...words: string[]) => {
    const { status, stderr } = await run(purpose, ...words);
    if (status !== 0)
      throw new OperationError(`firewall-cmd ${words.join(' ')} failed: ${stderr.split('\n')[0] ?? status}`);
  };
  const isRunning = async () =>
    which('firewall-cmd') !== undefined && (await run('whether firewalld runs', '--state')).status === 0;
  const trusts = async (subnet: string) =>
    (await run('whether the zone has the subnet', ZONE, `--query-source=${subnet}`)).status === 0;
  return {
    isRunning,
    trusts,
    trust: (subnet) => must(TRUST, ZONE, `--add-source=${subnet}`),
    distrust: async (subnet) => {
      if ((await isRunning()) && (await trusts(subnet)))
        await must('the network goes', ZONE, `--remove-source=${subnet}`);
    },
  };
}

const ZONE = '--zone=trusted';
export const TRUST = 'firewalld rejects what it forwards: what comes from the pods may pass';

/** A call as the transcript has it, whether it is run or only planned. */
export function firewalldCall(purpose: string, words: readonly string[]) {
  const line = words.join(' ');
  return {
    channel: 'spawn',
    call: 'firewall-cmd',
    args: line,
    purpose,
    equivalent: `firewall-cmd ${line}`,
  } as const;
}
