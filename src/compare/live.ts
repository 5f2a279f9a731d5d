import { randomBytes } from 'node:crypto';
import type { Options } from '../api/pod.ts';
import type { Interrupts } from '../sys/interrupts.ts';
import { Engine, type Tell } from './engine/engine.ts';
import { makeTheirPod, theirComparedPod, theirDisposablePod } from './engine/their-pod.ts';
import { readFacts } from './facts.ts';
import { type Measured, measure } from './measurements.ts';
import { makeOurPod, ourComparedPod, ourDisposablePod } from './our-pod.ts';
import type { Recorded } from './recorded.ts';
import { type DisposablePod, tryRestarts } from './restart-behaviour.ts';
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
      return await record(engine.name, { trio: await theirComparedPod(engine, containers), times: {} });
    const made = await makeTheirPod(engine, run, check);
    await settled(made.trio, check);
    return await recordToTheEnd(engine.name, made, theirDisposablePod(engine, run, made), check);
  } finally {
    await engine.leave();
  }
}

/** The same pod, ours, made for this and removed; or one that runs already, as it was found. */
export async function lookAtOurs(
  interrupts: Interrupts,
  options: Options,
  running?: readonly string[],
): Promise<Recorded> {
  if (running) return await record('nslab', { trio: ourComparedPod(running, options.stateDir), times: {} });
  const check = () => interrupts.check();
  const { pod, ...made } = await makeOurPod(randomBytes(4).toString('hex'), options, check);
  try {
    await settled(made.trio, check);
    return await recordToTheEnd('nslab', made, ourDisposablePod(pod, made), check);
  } finally {
    await pod.destroy();
  }
}

async function record(of: string, made: Measured): Promise<Recorded> {
  return { of, facts: await readFacts(made.trio), figures: measure(made) };
}

/** Of a pod that was made for this, also what becomes of it. */
async function recordToTheEnd(
  of: string,
  made: Measured,
  mortal: DisposablePod,
  check: () => void,
): Promise<Recorded> {
  const living = await record(of, made);
  check();
  return { ...living, facts: { ...living.facts, ...(await tryRestarts(mortal)) } };
}
