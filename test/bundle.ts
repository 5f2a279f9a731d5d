import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Test } from 'tap';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/**
 * Makes one plain JavaScript file of a program written against the sources, for what a test must try in a process of
 * its own: no loader and no hooks are in it, and no threads but Node's. `nslab` in it means `src/index.ts`.
 */
export async function bundle(t: Test, program: URL | string): Promise<string> {
  // Not in /tmp, which a pretend host may have of its own, and which is part of another one's snapshot.
  const directory = mkdtempSync('/var/tmp/nslab-test-');
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  // As in the tree: the packages above the program, the native programs beside `src`.
  for (const name of ['node_modules', 'native']) symlinkSync(join(ROOT, name), join(directory, name));
  const outfile = join(directory, 'src', 'program.mjs');
  const { lowerUsing } = (await import(join(ROOT, 'scripts/lower-using.mjs'))) as { lowerUsing(): Plugin };
  await build({
    ...(typeof program === 'string'
      ? { stdin: { contents: program, resolveDir: ROOT, loader: 'ts' as const } }
      : { entryPoints: [fileURLToPath(program)] }),
    outfile,
    bundle: true,
    packages: 'external',
    plugins: [
      lowerUsing(),
      {
        name: 'nslab',
        setup({ onResolve }) {
          onResolve({ filter: /^nslab$/ }, () => ({ path: join(ROOT, 'src/index.ts') }));
        },
      },
    ],
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outfile;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `env` needs to start a command without what tap slips into the environment of every Node: thirty times its own start. */
export const PLAIN: readonly string[] = ['-i', `PATH=${process.env.PATH}`];

/** Starts a command so. */
export function start(argv: readonly string[], cwd = '/'): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn('env', [...PLAIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (data) => (stdout += data));
  child.stderr.setEncoding('utf8').on('data', (data) => (stderr += data));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs a bundled program to its end. */
export async function runNode(path: string, ...args: string[]): Promise<Ended> {
  return await start([process.execPath, path, ...args]).ended;
}
