import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { requires } from '../requires.ts';
import { besides } from './beside.ts';
import { type CampaignOptions, campaign, explain } from './campaign.ts';
import type { Experiment } from './experiment.ts';
import { failures } from './fail.ts';
import { interrupts } from './interrupt.ts';
import { kills } from './kill.ts';
import { nslab } from './program.ts';
import { randomNumbers, sample } from './random.ts';
import type { Trial } from './trial.ts';
import { DOWN_FINISHED } from './verbs-of-jobs.ts';
import { LABS } from './verbs-of-labs.ts';
import { CREATE, CREATE_PTP, NETWORKS } from './verbs-of-networks.ts';
import { DOWN, DOWN_ATTACH, HOLD_ATTACH, HOLD_PORT, PODS, UP, UP_IMAGE, UP_JOB } from './verbs-of-pods.ts';
import { RUN, WORKLOADS } from './verbs-of-workloads.ts';

// R2, R3, R4, R5. NSLAB_CAMPAIGN: `long` takes a quarter of an hour, `full` runs every combination (hours); the default is two
// moments of some verbs, because to find the moments takes longer than to try them. A printed seed chooses the sample:
// NSLAB_SEED repeats it. NSLAB_VERB runs one verb only, and `long` then tries each of its calls.
const seed = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 31));
const length =
  process.env.NSLAB_CAMPAIGN === 'long' || process.env.NSLAB_CAMPAIGN === 'full'
    ? process.env.NSLAB_CAMPAIGN
    : 'ordinary';
const only = process.env.NSLAB_VERB;
const report =
  process.env.NSLAB_CAMPAIGN_REPORT ?? fileURLToPath(new URL('../../.tap/campaign.json', import.meta.url));

/** The verbs that configure the network, with the `ip` driver. */
const BY_IP: readonly Trial[] = [HOLD_PORT, CREATE, UP, DOWN, CREATE_PTP].map((trial) => ({
  ...trial,
  name: `${trial.name} --driver ip`,
  program: { ...trial.program, env: { NSLAB_DRIVER: 'ip' } },
}));

const ALL: readonly Experiment[] = [
  ...[...PODS, ...WORKLOADS, ...NETWORKS].map(kills),
  // The ordinary run has two of them: tools-fail.test.ts covers each run of `ip`.
  ...(length === 'ordinary' ? BY_IP.slice(0, 2) : BY_IP).map(kills),
  // In the ordinary run, job-ttl.test.ts has it.
  ...(length === 'ordinary' ? [] : [DOWN_FINISHED].map(kills)),
  // In the ordinary run, labs.test.ts kills labs at some moments.
  ...(length === 'ordinary' ? [] : [...LABS, UP_IMAGE].map(kills)),
  // In the ordinary run, tools-fail.test.ts and interrupted.test.ts cover the important errors and moments.
  ...(length === 'ordinary'
    ? []
    : [HOLD_PORT, HOLD_ATTACH, RUN, UP, UP_JOB, DOWN, DOWN_ATTACH, DOWN_FINISHED, ...BY_IP.slice(0, 1)].map(
        failures,
      )),
  ...(length === 'ordinary'
    ? []
    : [HOLD_PORT, HOLD_ATTACH, RUN, UP, CREATE, CREATE_PTP, DOWN, DOWN_ATTACH].map(interrupts)),
  // In the ordinary run, side-by-side.test.ts runs several verbs at the same time.
  ...(length === 'ordinary' ? [] : [HOLD_PORT, RUN, UP, DOWN].map(besides)),
];

/** How many verbs an ordinary run has. */
const SOME = 16;

/** How many cases of each verb. */
const LENGTHS: Readonly<Record<typeof length, Pick<CampaignOptions, 'points' | 'most'>>> = {
  ordinary: { points: 2 },
  long: { points: 'places', ...(!only && { most: 26 }) },
  full: { points: 'all' },
};

if (requires(t, 'root', 'ip', 'nft', 'strace', 'nginx', 'busybox')) {
  t.ok(existsSync(nslab.argv[1] ?? ''), 'dist is built (npm run build)');
  t.comment(`NSLAB_SEED=${seed}`);
  const say = (line: string): void => t.comment(line);
  const chosen = only
    ? ALL.filter(({ name }) => name === only)
    : sample(ALL, length === 'ordinary' ? SOME : ALL.length, randomNumbers(seed));
  let sum = 0;
  for (const one of await campaign(chosen, { ...LENGTHS[length], seed, report, say })) {
    t.ok(one.points > 0, `${one.verb}: has points`);
    t.ok(one.points < 2000, `${one.verb}: ${one.points} points: it does not spin`);
    t.equal(one.clean, one.tried, `${one.verb}: ${one.tried} tried, all clean`);
    t.equal(one.failures.length, 0, [`${one.verb}: what was left`, ...one.failures.map(explain)].join('\n'));
    sum += one.tried;
  }
  if (!only) t.ok(sum >= 2 * SOME, `${sum} faults in all`);
}
