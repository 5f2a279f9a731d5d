import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { requires } from '../requires.ts';
import { campaign, explain } from './campaign.ts';
import { instrument, type ProgramTrial, programFailures } from './in-program.ts';

// R3 inside of our own programs. NSLAB_CAMPAIGN: one error at each of their calls, `full`: every error; NSLAB_SEED repeats a sample.
const seed = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 31));
const length = process.env.NSLAB_CAMPAIGN;
const ordered = fileURLToPath(new URL('ordered-pod.yaml', import.meta.url));

const pod = { pod: 'web', end: ['down', '--ignore-not-found', 'web'] };
const standing = { ...pod, prepare: [['hold', 'web', '--network', 'none']], workloads: { w: 'sleep 1001' } };
const up = { ...pod, prepare: [], verb: ['up', '-d', '--network', 'none', '-f', ordered] };
const both = { side: 'sleep 1001', main: 'sleep 1002' };

const TRIALS: readonly ProgramTrial[] = [
  {
    ...standing,
    name: 'the shim of a workload',
    program: 'shim',
    verb: ['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1001'],
  },
  {
    ...standing,
    name: 'the shim of a command',
    program: 'shim',
    verb: ['exec', 'web', 'true'],
    workloads: {},
  },
  { ...up, name: 'the supervisor of a pod', program: 'supervisor', workloads: both },
];

if (requires(t, 'root', 'ip', 'nft', 'strace', 'busybox')) {
  t.comment(`NSLAB_SEED=${seed}`);
  await using instrumented = await instrument();
  const experiments = TRIALS.map((trial) => programFailures(trial, instrumented));
  const points = length === 'full' ? 'all' : length ? 'places' : 3;
  for (const one of await campaign(experiments, { points, seed, say: (line) => t.comment(line) })) {
    t.ok(one.points > 20, `${one.verb}: has points`);
    t.equal(one.clean, one.tried, `${one.verb}: ${one.tried} tried, all clean`);
    t.equal(one.failures.length, 0, [`${one.verb}: what was left`, ...one.failures.map(explain)].join('\n'));
  }
}
