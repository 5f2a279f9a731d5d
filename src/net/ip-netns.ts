import { statSync } from 'node:fs';
import { NETNS_DIRECTORY } from '../ns/namespace.ts';
import { OperationError } from '../sys/errors.ts';
import type { Call, Transcript } from '../transcript/transcript.ts';
import { startTool } from './run-tool.ts';

/** `ip netns`: names for network namespaces that are bind mounts below /run/netns, and keep what they name. */
export interface IpNetns {
  /** Equivalent to: `ip netns attach NAME PID`. False when the name is taken. */
  attach(name: string, pid: number): Promise<boolean>;
  /** Equivalent to: `ip netns delete NAME`. */
  delete(name: string): Promise<void>;
}

export function openIpNetns(transcript: Transcript, held: Iterable<number>): IpNetns {
  const run = async (call: NetnsCall, evidence?: () => string[]) => {
    const done = transcript.begin(call);
    const { status, stderr } = await startTool({ file: 'ip', words: call.args.split(' '), held }).finished;
    done({ result: status }, status === 0 ? evidence : undefined);
    return { status, why: stderr.split('\n')[0] || 'no reason given' };
  };
  const failed = ({ args }: NetnsCall, why: string) => new OperationError(`ip ${args} failed: ${why}`);
  return {
    async attach(name, pid) {
      const call = attachCall(name, pid);
      const { status, why } = await run(call, () => [namedBy(name)]);
      if (status !== 0 && !why.endsWith('File exists')) throw failed(call, why);
      return status === 0;
    },
    async delete(name) {
      const call = deleteCall(name);
      const { status, why } = await run(call);
      if (status !== 0) throw failed(call, why);
    },
  };
}

function namedBy(name: string): string {
  const path = `${NETNS_DIRECTORY}/${name}`;
  return `${path} is net:[${statSync(path).ino}]`;
}

type NetnsCall = Call & { readonly args: string };

/** Calls as the transcript has them, whether they are run or only planned. */
export function attachCall(name: string, pid: number): NetnsCall {
  const purpose =
    "a name for `ip netns`, and a mount: it keeps the pod's network namespace when the holder is gone";
  return netnsCall(`netns attach ${name} ${pid}`, purpose);
}

export function deleteCall(name: string): NetnsCall {
  return netnsCall(
    `netns delete ${name}`,
    'unmounts the namespace and removes its name: nothing keeps it any more',
  );
}

function netnsCall(args: string, purpose: string): NetnsCall {
  return { channel: 'ip', call: 'ip', args, purpose, equivalent: `ip ${args}` };
}
