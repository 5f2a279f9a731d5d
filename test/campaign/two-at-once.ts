import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, CaseReport, Experiment } from './experiment.ts';
import { runWithFault } from './inject.ts';
import { timeForWitnesses } from './interrupt.ts';
import type { Result } from './pretend-host.ts';
import { Bench, pointsOf, said, type Trial } from './trial.ts';

/** Two verbs that run at the same time, of which one is killed. */
export interface Pair {
  readonly name: string;
  readonly killed: Trial;
  /** Its arguments. It may fail in words, because of what the other one does. */
  readonly other: readonly string[];
  /** Milliseconds by which the other one begins later, of the time that this many process starts take: by the number of the case. */
  readonly within: number;
}

/** R2 and R5: whichever call the one is killed at while the other runs, one gc, and the host is as before or the pod whole. */
export function killsBeside(pair: Pair): Experiment {
  return {
    name: pair.name,
    async cases() {
      return (await pointsOf(pair.killed)).map((point) => ({ point, fault: 'killed' }));
    },
    attempt: (one, all) => attempt(pair, one, all.indexOf(one) / all.length),
  };
}

async function attempt(
  { killed, other, within }: Pair,
  { point, fault }: Case,
  fraction: number,
): Promise<CaseReport> {
  const start = performance.now();
  await using bench = await Bench.create(killed);
  const { host, argv, problems, unprepared } = bench;
  const delay = fraction * (await timeForWitnesses(within));
  const beside: Promise<Result>[] = [];
  const during = async () => {
    await sleep(delay);
    beside.push(host.run([...killed.program.argv, ...other], killed.program));
  };
  const { result, hit } = await runWithFault(
    host,
    argv,
    point,
    { kill: 'before' },
    { ...killed.program, during },
  );
  for (const each of [result, ...(await Promise.all(beside))])
    if (each.timedOut || each.outputHeld || /^\s+at /m.test(each.stderr)) problems.push(said(each));
  await bench.settle();
  await bench.must(['gc']);
  const isWhole = await bench.isWhole();
  if (isWhole) await bench.undo();
  await bench.expect(unprepared, isWhole ? 'whole after gc, and undone' : 'after gc');
  const outcome = hit === undefined ? 'ended before' : isWhole ? 'whole' : 'not whole';
  const ms = Math.round(performance.now() - start);
  return { point, fault, hit, landed: hit !== undefined, outcome, ms, problems };
}
