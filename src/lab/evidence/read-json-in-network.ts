import { commandOutput } from '../../sys/command-output.ts';
import { parseToolJson } from '../../sys/tool-json.ts';
import type { LabSession } from '../lab-session.ts';

/**
 * Runs a program that prints JSON in the network namespace of a role. Evidence comes from /proc, util-linux and iproute2
 * only, never from nslab's own records.
 */
export async function readJsonInNetwork<T>(
  session: LabSession,
  role: string,
  command: readonly string[],
): Promise<T[]> {
  const text = await commandOutput('nsenter', ['--target', String(session.pid(role)), '--net', ...command]);
  return parseToolJson<T[]>(text || '[]');
}
