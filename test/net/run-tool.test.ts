import { spawn } from 'node:child_process';
import t from 'tap';
import { canWork } from '../../src/net/run-tool.ts';
import { readStat } from '../../src/sys/procfs.ts';
import { eventually } from '../eventually.ts';

t.test('a tool that is late: one that only waits for its turn does not hang', async (t) => {
  for (const [what, argv, expected] of [
    ['has work', ['sh', '-c', 'while :; do :; done'], true],
    ['waits for something', ['sleep', '1000'], false],
    ['is stopped', ['sh', '-c', 'kill -STOP $$; sleep 1000'], false],
  ] as const) {
    const child = spawn(argv[0], argv.slice(1), { stdio: 'ignore' });
    t.teardown(() => child.kill('SIGKILL'));
    t.ok(await eventually(() => canWork(readStat(child.pid ?? 0)) === expected), what);
  }
  t.equal(canWork({ state: 'R', cpuTime: 9990 }), true, 'for ten seconds of a processor');
  t.equal(canWork({ state: 'R', cpuTime: 10_000 }), false, 'and no more');
  t.equal(canWork(undefined), false, 'one that is gone');
});
