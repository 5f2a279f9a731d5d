import { randomInt } from 'node:crypto';
import t from 'tap';
import { requires } from '../requires.ts';
import { campaign, explain } from './campaign.ts';
import { nslab } from './program.ts';
import type { Trial } from './trial.ts';
import { killsBeside, type Pair } from './two-at-once.ts';
import { DOWN, UP } from './verbs-of-pods.ts';
import { podIsWhole } from './wholeness.ts';

// NSLAB_CAMPAIGN: a large sample, `full`: every call; NSLAB_SEED repeats a sample. NSLAB_VERB runs one pair only.
const seed = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 31));
const length = process.env.NSLAB_CAMPAIGN;
const only = process.env.NSLAB_VERB;

/** Where a command may have begun in a pod that the other verb removes. */
const EXEC: Trial = {
  name: 'exec',
  program: nslab,
  pod: 'web',
  prepare: [['hold', 'web']],
  verb: ['exec', 'web', 'sleep', '0.3'],
  isWhole: podIsWhole,
};
const down = (pod: string) => ['down', '--ignore-not-found', pod];
const DOWN_DURING_UP: Trial = { ...UP, prepare: [UP.verb], verb: down(UP.pod), undo: [down(UP.pod)] };
const DOWN_DURING_EXEC: Trial = { ...EXEC, verb: down('web'), undo: [down('web')] };

const PAIRS: readonly Pair[] = [
  { name: 'up, killed beside down', killed: UP, other: down(UP.pod), within: 12 },
  { name: 'down, killed beside up', killed: DOWN_DURING_UP, other: UP.verb, within: 6 },
  { name: 'exec, killed beside down', killed: EXEC, other: down('web'), within: 4 },
  { name: 'down, killed beside exec', killed: DOWN_DURING_EXEC, other: EXEC.verb, within: 4 },
  { name: 'down, killed beside down', killed: DOWN, other: down('web'), within: 4 },
];

if (requires(t, 'root', 'ip', 'nft', 'strace', 'nginx', 'busybox')) {
  t.comment(`NSLAB_SEED=${seed}`);
  const points = length === 'full' ? 'all' : length ? 30 : 2;
  const say = (line: string) => t.comment(line);
  const chosen = PAIRS.filter(({ name }) => !only || name === only);
  for (const one of await campaign(chosen.map(killsBeside), { points, seed, say })) {
    t.ok(one.points > 0, `${one.verb}: has points`);
    t.equal(one.failures.length, 0, [`${one.verb}: what was left`, ...one.failures.map(explain)].join('\n'));
  }
}
