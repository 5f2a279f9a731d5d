import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Result } from '../../campaign/pretend-host.ts';
import { listed, listens } from '../evidence.ts';
import type { KernelHost } from '../host.ts';
import type { Cast } from './facts.ts';
import { makeToolbox, type Shell } from './toolbox.ts';

/** A script in a directory that is its PATH, too: it has the allowed tools, and one shell. */
export interface Scripted {
  readonly file: string;
  readonly path: string;
  run(verb: 'up' | 'down'): Promise<Result>;
  /** The same for what is only a step on the way. */
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

/** The processes of a pod that nslab has made. */
export async function castOfNslab(host: KernelHost, pod: string): Promise<Cast> {
  const all = [...(await listed(host)).values()].filter((item) => item.pod === pod && item.pid !== null);
  return Object.fromEntries(
    all.map(({ role, name, pid }) => [role === 'holder' ? 'holder' : name, Number(pid)]),
  );
}

/** The same of one that a script has made, by what it has written down; without those that have ended. */
export async function castOfScript({ sh }: KernelHost, pod: string): Promise<Cast> {
  const told = await sh(
    `cd /run/pod-${pod}/pids && for who in *; do read -r pid _ <"$who"; [ ! -d /proc/$pid ] || echo "$who $pid"; done`,
  );
  const lines = told
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return Object.fromEntries(
    lines.filter(([name]) => !name?.endsWith('.monitor')).map(([name, pid]) => [name, Number(pid)]),
  );
}

/** Waits until somebody in the pod listens: only then is what it shows at rest. */
export async function serves(host: KernelHost, { holder }: Cast, port = 80): Promise<void> {
  if (!(await listens(host, port, holder))) throw new Error(`nobody listens on port ${port}`);
}
