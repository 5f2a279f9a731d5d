import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Result } from '../../campaign/pretend-host.ts';
import { listed, listens } from '../evidence.ts';
import type { KernelHost } from '../host.ts';
import type { PodPids } from './facts.ts';
import { makeToolbox, type Shell } from './toolbox.ts';

/** A script in a directory with the allowed tools and one shell. The directory is its PATH. */
export interface Scripted {
  readonly file: string;
  readonly path: string;
  run(verb: 'up' | 'down'): Promise<Result>;
  /** Runs a verb and throws when it fails. */
  must(verb: 'up' | 'down'): Promise<void>;
}

export function scripted(t: Test, { host }: KernelHost, text: string, shell: Shell = 'dash'): Scripted {
  const directory = t.testdir({});
  const file = join(directory, 'pod.sh');
  const path = makeToolbox(directory, shell);
  writeFileSync(file, text);
  const run = (verb: string) =>
    host.run(['sh', 'pod.sh', verb], { cwd: directory, env: { PATH: path, HOME: undefined } });
  return {
    file,
    path,
    run,
    async must(verb) {
      const { status, stderr } = await run(verb);
      if (status !== 0) throw new Error(`sh pod.sh ${verb}: status ${status}: ${stderr}`);
    },
  };
}

/** The processes of a pod created by nslab. */
export async function pidsFromNslab(host: KernelHost, pod: string): Promise<PodPids> {
  const all = [...(await listed(host)).values()].filter((item) => item.pod === pod && item.pid !== null);
  return Object.fromEntries(
    all.map(({ role, name, pid }) => [role === 'holder' ? 'holder' : name, Number(pid)]),
  );
}

/** The processes of a pod created by a script, from its recorded pids; without those that have exited. */
export async function pidsFromScript({ sh }: KernelHost, pod: string): Promise<PodPids> {
  const output = await sh(
    `cd /run/pod-${pod}/pids && for who in *; do read -r pid _ <"$who"; [ ! -d /proc/$pid ] || echo "$who $pid"; done`,
  );
  const lines = output
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return Object.fromEntries(
    lines.filter(([name]) => !name?.endsWith('.monitor')).map(([name, pid]) => [name, Number(pid)]),
  );
}

/** Waits until a process in the pod listens: its facts do not change after that. */
export async function serves(host: KernelHost, { holder }: PodPids, port = 80): Promise<void> {
  if (!(await listens(host, port, holder))) throw new Error(`no listener on port ${port}`);
}
