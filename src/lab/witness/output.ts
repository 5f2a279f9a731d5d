import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Bench } from '../bench.ts';

/**
 * Witnesses: what the kernel says to anybody who asks, by /proc and by the tools of util-linux and iproute2. None of it
 * leads through nslab's own records.
 */

/** What a witness says: a program of util-linux or iproute2. Throws when it fails. */
export async function output(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...args]);
  return stdout;
}

/** The same of one that prints JSON, in the network of a process. */
export async function inNetworkOf<T>(bench: Bench, who: string, command: readonly string[]): Promise<T[]> {
  const text = await output('nsenter', ['--target', String(bench.pid(who)), '--net', ...command]);
  return JSON.parse(text || '[]') as T[];
}
