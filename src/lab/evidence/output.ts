import { commandOutput } from '../../sys/command-output.ts';
import { parseToolJson } from '../../sys/tool-json.ts';
import type { LabSession } from '../lab-session.ts';

/**
 * Witnesses: what the kernel says to anybody who asks, by /proc and by the tools of util-linux and iproute2. None of it
 * leads through nslab's own records.
 */

/** The same of one that prints JSON, in the network of a process. */
export async function inNetworkOf<T>(
  session: LabSession,
  who: string,
  command: readonly string[],
): Promise<T[]> {
  const text = await commandOutput('nsenter', ['--target', String(session.pid(who)), '--net', ...command]);
  return parseToolJson<T[]>(text || '[]');
}
