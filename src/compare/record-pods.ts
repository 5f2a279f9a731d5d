import { randomBytes } from 'node:crypto';
import type { Options } from '../api/options.ts';
import type { Interrupts } from '../sys/interrupts.ts';
import { Engine, type PrintCommand } from './engine/engine.ts';
import { makeTheirPod, theirComparedPod, theirDisposablePod } from './engine/their-pod.ts';
import { readFacts } from './facts.ts';
import { type MeasuredPod, measure } from './measurements.ts';
import { makeOurPod, ourComparedPod, ourDisposablePod } from './our-pod.ts';
import type { Recorded } from './recorded.ts';
import { type DisposablePod, tryRestarts } from './restart-behaviour.ts';
import { waitForNginx } from './wait-for-nginx.ts';

/** Records the facts of Docker's pod: the article's, made and removed here, or containers that run already. */
export async function recordTheirs(
  interrupts: Interrupts,
  print: PrintCommand,
  containers?: readonly string[],
): Promise<Recorded> {
  const run = randomBytes(4).toString('hex');
  const check = () => interrupts.check();
  const engine = await Engine.find(run, print);
  try {
    if (containers)
      return await record(engine.name, { compared: await theirComparedPod(engine, containers), times: {} });
    const made = await makeTheirPod(engine, run, check);
    await waitForNginx(made.compared, check);
    return await recordWithRestarts(engine.name, made, theirDisposablePod(engine, run, made), check);
  } finally {
    await engine.cleanUp();
  }
}

/** Records the facts of our pod: the article's, made and removed here, or one that runs already. */
export async function recordOurs(
  interrupts: Interrupts,
  options: Options,
  running?: readonly string[],
): Promise<Recorded> {
  if (running)
    return await record('nslab', { compared: ourComparedPod(running, options.stateDir), times: {} });
  const check = () => interrupts.check();
  const { pod, ...made } = await makeOurPod(randomBytes(4).toString('hex'), options, check);
  try {
    await waitForNginx(made.compared, check);
    return await recordWithRestarts('nslab', made, ourDisposablePod(pod, made), check);
  } finally {
    await pod.destroy();
  }
}

async function record(of: string, made: MeasuredPod): Promise<Recorded> {
  return { of, facts: await readFacts(made.compared), figures: measure(made) };
}

/** Records a disposable pod, including what happens on kill and restart. */
async function recordWithRestarts(
  of: string,
  made: MeasuredPod,
  disposable: DisposablePod,
  check: () => void,
): Promise<Recorded> {
  const running = await record(of, made);
  check();
  return { ...running, facts: { ...running.facts, ...(await tryRestarts(disposable)) } };
}
