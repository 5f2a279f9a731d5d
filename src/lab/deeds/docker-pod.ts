import { randomBytes } from 'node:crypto';
import { Engine } from '../../compare/engine/engine.ts';
import { type Manner, makeTheirPod } from '../../compare/engine/their-pod.ts';
import { settled } from '../../compare/settled.ts';
import { ROLES, type Trio } from '../../compare/trio.ts';
import { OperationError } from '../../sys/errors.ts';
import type { Bench } from '../bench.ts';
import type { Item } from '../lab.ts';

/** Docker makes the article's pod: `docker/pause`, `docker/nginx`, `docker/busybox`. It goes as our pods do. */
export async function dockerPod(bench: Bench, manner?: Manner): Promise<void> {
  const lines: string[] = [];
  const run = `${bench.id}${randomBytes(2).toString('hex')}`;
  const engine = await Engine.find(run, (line) => lines.push(line));
  bench.later(() => engine.leave());
  const { trio } = await makeTheirPod(engine, run, () => bench.interrupts.check(), manner);
  for (const role of ROLES) bench.cast(`docker/${role}`, trio.pids[role] ?? 0);
  await settled(trio, () => bench.interrupts.check());
  made.set(bench, { trio, lines });
}

/** The three of Docker's, as they run now. */
export function dockerTrio(bench: Bench): Trio {
  const found = made.get(bench);
  if (!found) throw new OperationError('this lab has no containers yet');
  return found.trio;
}

/** What the engine was told, as anybody would type it. */
export const DOCKER_COMMANDS: Item = {
  title: 'what was typed',
  read: async (bench) =>
    (made.get(bench)?.lines ?? [])
      .filter((line) => /^docker .*\brun /.test(line))
      .map((command) => ({ command })),
};

const made = new WeakMap<Bench, { readonly trio: Trio; readonly lines: readonly string[] }>();
