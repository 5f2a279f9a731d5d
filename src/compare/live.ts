import { randomBytes } from 'node:crypto';
import type { Options } from '../pod/pod.ts';
import type { Interrupts } from '../sys/interrupts.ts';
import { Engine, type Tell } from './engine/engine.ts';
import { makeTheirPod, theirTrio } from './engine/their-pod.ts';
import { readFacts } from './facts.ts';
import { figuresOf, type Measured } from './figures.ts';
import { makeOurPod } from './our-pod.ts';
import type { Recorded } from './recorded.ts';
import { settled } from './settled.ts';

/** The article's pod in a Docker engine, made for this and removed; or containers that run already. As it was found. */
export async function lookAtTheirs(
  interrupts: Interrupts,
  tell: Tell,
  containers?: readonly string[],
): Promise<Recorded> {
  const run = randomBytes(4).toString('hex');
  const check = () => interrupts.check();
  const engine = await Engine.find(run, tell);
  try {
    if (containers)
      return await record(engine.name, { trio: await theirTrio(engine, containers), times: {} });
    const made = await makeTheirPod(engine, run, check);
    await settled(made.trio, check);
    return await record(engine.name, made);
  } finally {
    await engine.leave();
  }
}

/** The same pod, ours. */
export async function lookAtOurs(interrupts: Interrupts, options: Options): Promise<Recorded> {
  const check = () => interrupts.check();
  const { pod, ...made } = await makeOurPod(randomBytes(4).toString('hex'), options, check);
  try {
    await settled(made.trio, check);
    return await record('nslab', made);
  } finally {
    await pod.destroy();
  }
}

async function record(of: string, made: Measured): Promise<Recorded> {
  return { of, facts: await readFacts(made.trio), figures: figuresOf(made) };
}
