import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { requires } from '../requires.ts';
import { campaign, explain } from './campaign.ts';
import { type ProgramTrial, programFailures, programKills } from './in-program.ts';
import { instrument } from './instrumented.ts';
import { hitIn, pointsIn } from './program-points.ts';

// R2 and R3 inside of our own programs. NSLAB_CAMPAIGN: one error at each of their calls, and killed at each, `full`: every error;
// NSLAB_SEED repeats a sample. NSLAB_VERB runs one of them only.
const seed = Number(process.env.NSLAB_SEED ?? randomInt(2 ** 31));
const length = process.env.NSLAB_CAMPAIGN;
const only = process.env.NSLAB_VERB;
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const pod = { pod: 'web', end: ['down', '--ignore-not-found', 'web'] };
const standing = { ...pod, prepare: [['hold', 'web', '--network', 'none']], workloads: { w: 'sleep 1001' } };
const up = (name: string) => ['up', '-d', '--network', 'none', '-f', file(name)];
const ordered = {
  ...{ ...pod, prepare: [], verb: up('ordered-pod.yaml') },
  workloads: { side: 'sleep 1001', main: 'sleep 1002' },
};
/** The command that takes the pod down is a child of its supervisor, and ends it. */
const FINISHED = `"$0" "$@" ${up('finished-job.yaml').join(' ')} && while pgrep -x supervisor >/dev/null; do sleep 0.05; done`;

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
  { ...ordered, name: 'the supervisor of a pod', program: 'supervisor' },
];

/** In the ordinary run, job-ttl.test.ts and situations.test.ts have them. */
const MORE: readonly ProgramTrial[] = [
  {
    ...standing,
    name: 'the shim of a command in a workload',
    program: 'shim',
    prepare: [...standing.prepare, ['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1001']],
    verb: ['exec', 'web/w', 'true'],
  },
  {
    ...pod,
    name: 'the shim of a container with handlers',
    program: 'shim',
    prepare: [],
    verb: up('handled-pod.yaml'),
    workloads: { main: 'sleep 1002' },
  },
  {
    name: 'the supervisor of a finished Job',
    program: 'supervisor',
    pod: 'job',
    prepare: [],
    verb: FINISHED,
    end: ['down', '--ignore-not-found', 'job'],
    workloads: { w: 'sleep 0.2' },
  },
];

/** A program that is 10, its child 11, and what that becomes, with a child 12. Its first call is in vain, before it has begun. */
const LOG = `10    [   0] --- SIGCONT {si_signo=SIGCONT} ---
10    [   2] open(NULL, O_RDONLY) = -1 ENOMEM (INJECTED)
10    [  59] execve("/x/native/real/shim", ["shim"], 0x7ffd) = 0
10    [  56] clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
11    [   2] open("/a", O_RDONLY) = 3
10    [  56] <... clone resumed>)       = 11
11    [ 165] mount("a", "/b", NULL, 0, NULL) = 0
11    [   3] close(3)                   = 0
11    [  59] execve("/bin/true", ["true"], 0x7ffd) = 0
11    [  56] clone(child_stack=NULL, flags=SIGCHLD) = 12
12    [ 165] mount("c", "/d", NULL, 0, NULL) = 0
10    [  20] writev(4, [], 0)           = 0`;

t.test(
  'what a program and its child do is theirs, and what the command of the child does is not',
  async (t) => {
    const points = pointsIn(LOG, 'shim').map(({ syscall, ordinal, spent }) => [syscall, ordinal, spent]);
    t.strictSame(points, [
      ['clone', 1, undefined],
      ['open', 1, { number: 2, times: 1 }],
      ['mount', 1, undefined],
      ['execve', 1, { number: 59, times: 1 }],
      ['writev', 1, undefined],
    ]);
    t.equal(hitIn(LOG, 'shim'), undefined, 'what it spends before it begins is no hit');
    const childs = LOG.replace('"/a", O_RDONLY) = 3', '"/a", O_RDONLY) = -1 ENOMEM (INJECTED)');
    t.match(hitIn(childs, 'shim'), /^11 .*"\/a"/, 'what its child does is one (control)');
    t.match(hitIn(`${LOG}\n10    [   0] +++ killed by SIGKILL +++`, 'shim'), /^10 .*killed/);
  },
);

if (requires(t, 'root', 'ip', 'nft', 'perl', 'strace', 'busybox')) {
  t.comment(`NSLAB_SEED=${seed}`);
  await using instrumented = await instrument();
  const trials = length ? [...TRIALS, ...MORE] : TRIALS;
  const kinds = length ? [programFailures, programKills] : [programFailures];
  const experiments = trials.flatMap((trial) => kinds.map((kind) => kind(trial, instrumented)));
  const chosen = experiments.filter(({ name }) => !only || name === only);
  const points = length === 'full' ? 'all' : length ? 'places' : 3;
  for (const one of await campaign(chosen, { points, seed, say: (line) => t.comment(line) })) {
    t.ok(one.points > 20, `${one.verb}: has points`);
    t.equal(one.clean, one.tried, `${one.verb}: ${one.tried} tried, all clean`);
    t.equal(one.failures.length, 0, [`${one.verb}: what was left`, ...one.failures.map(explain)].join('\n'));
  }
}
