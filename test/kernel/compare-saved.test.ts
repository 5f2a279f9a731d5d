import { writeFileSync } from 'node:fs';
import t from 'tap';
import { readSavedModes } from '../../src/compare/modes/saved-modes.ts';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

if (requires(t, 'root'))
  t.test('compare modes --saved: without an engine', (t) =>
    onFreshHost(t, async ({ nslab, host }) => {
      const noEngine = { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DOCKER_HOST: 'unix:///nowhere' } };
      const { status, stdout } = await nslab(
        ['compare', 'modes', '--saved', 'docker', '-o', 'json'],
        noEngine,
      );
      t.equal(status, 0);
      const { theirs, modes } = JSON.parse(stdout) as { theirs: string; modes: { verdict: string | null }[] };
      t.equal(theirs, 'docker');
      t.same(
        modes
          .map(({ verdict }) => verdict)
          .filter((verdict) => !['same', 'on purpose'].includes(String(verdict))),
        [null],
        'each mode that nslab has is as documented, or differs for a known reason',
      );
      const wrong = stdout.replaceAll('"pid": "host"', '"pid": "joined"');
      for (const [text, expected] of [
        [stdout, 0],
        [wrong, 3],
      ] as const) {
        await host.run(['sh', '-c', 'cat >/tmp/modes.json'], { input: text });
        t.equal(
          (await nslab(['compare', 'modes', '--saved', '/tmp/modes.json'])).status,
          expected,
          '3 is the control',
        );
      }
      await host.run(['rm', '/tmp/modes.json']);
      t.match(await nslab(['compare', 'modes', '--saved', 'kubernetes-pod']), {
        status: 2,
        stderr: /no file and no profile of modes "kubernetes-pod"\nhint: profiles: docker/,
      });
    }),
  );

t.test('files that --saved refuses', async (t) => {
  const path = `${t.testdir()}/x.json`;
  for (const text of [
    '',
    '{}',
    '{"kind":"ComparedModes","theirs":"x","modes":[{"words":[],"theirs":{"sharing":{"net":"no"}}}]}',
  ]) {
    writeFileSync(path, text);
    t.throws(() => readSavedModes(path), { name: 'InputError' }, text);
  }
});
