import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a host program to its end and returns its stdout. Throws when it cannot be started or fails. */
export async function commandOutput(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...args]);
  return stdout;
}
