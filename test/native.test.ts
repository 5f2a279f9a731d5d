import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { requires } from './requires.ts';

/** The C programs have a test of their own, without Node: bash, and the kernel. Here each failure of it is one of ours. */
t.test('native/test.sh', async (t) => {
  if (!requires(t, 'root', 'cc')) return;
  // KILL, because unshare(1) ignores TERM, and takes its namespaces along only when it dies itself.
  const script = fileURLToPath(new URL('../native/test.sh', import.meta.url));
  const { status, stdout, stderr } = spawnSync(script, [], {
    encoding: 'utf8',
    timeout: 30 * 60_000,
    killSignal: 'SIGKILL',
  });
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
  for (const line of stdout.split('\n').filter((line) => line.startsWith('FAILED'))) t.fail(line);
  t.ok(Number(passed) > 100, `${passed} passed`);
  t.same([failed, status], ['0', 0], stderr);
});
