import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OperationError } from '../sys/errors.ts';

/** Runs shell lines one by one: sh -ec LINE. Throws at the first that fails. */
export async function runLines(lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    try {
      await promisify(execFile)('sh', ['-ec', line]);
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      throw new OperationError(`${line} failed: ${stderr?.trim().split('\n').join('; ') ?? error}`, {
        cause: error,
      });
    }
  }
}
