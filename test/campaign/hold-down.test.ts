import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import t from 'tap';
import { requires } from '../requires.ts';
import { campaign, explain } from './campaign.ts';
import { nslab } from './program.ts';
import { TRIALS } from './verbs.ts';

// NSLAB_CAMPAIGN=all (or full): every point (minutes). Otherwise a sample, chosen by a printed seed: NSLAB_SEED repeats it.
const seed = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 31));
const points = ['all', 'full'].includes(process.env.NSLAB_CAMPAIGN ?? '') ? 'all' : 12;
const report = process.env.NSLAB_CAMPAIGN_REPORT;

if (requires(t, 'root', 'ip', 'nft', 'strace')) {
  t.ok(existsSync(nslab.argv[1] ?? ''), 'dist is built (npm run build)');
  t.comment(`NSLAB_SEED=${seed}`);
  t.setTimeout(30 * 60_000);
  const say = (line: string): void => t.comment(line);
  const only = process.env.NSLAB_VERB; // one verb, while looking for a fault
  const trials = TRIALS.filter(({ name }) => !only || name === only);
  for (const { verb, points: all, tried, clean, failures } of await campaign(trials, {
    points,
    seed,
    report,
    say,
  })) {
    t.ok(all > 0, `${verb}: has points`);
    t.equal(clean, tried, `${verb}: ${tried} points, all clean`);
    t.equal(failures.length, 0, [`${verb}: what was left`, ...failures.map(explain)].join('\n'));
  }
}
