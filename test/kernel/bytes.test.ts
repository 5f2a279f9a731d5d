import t from 'tap';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

// Arguments and variables are bytes: those that are not UTF-8 reach a program as they were written. bash makes them, because Node cannot.

const HEX = "od -An -tx1 | tr -d ' \\n'";

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('bytes that are not UTF-8 reach run, exec, probes and a restart', (t) =>
    onFreshHost(t, async ({ argv, must, sh }) => {
      const nslab = argv.join(' ');
      const hex = (line: string) => sh(`b=$(printf 'a\\377\\\\134b'); ${nslab} ${line} | ${HEX}`);
      await must(['hold', 'p', '--network', 'none']);
      t.equal(await hex('exec p printf %s "$b"'), '61ff5c31333462', 'exec');
      t.equal(await hex('exec p printf %s a'), '61', 'plain words (control)');
      t.equal(await hex('run --rm --name w --pod p -- printf %s "$b"'), '61ff5c31333462', 'run');
      t.equal(
        await hex(`run --rm --name w --pod p -e X="$b" -- sh -c 'printf %s "$X"'`),
        '61ff5c31333462',
        '-e NAME=VALUE',
      );
      t.equal(
        await sh(
          `export X=$(printf 'a\\377'); ${nslab} run --rm --name w --pod p -e X -- sh -c 'printf %s "$X"' | ${HEX}`,
        ),
        '61ff',
        '-e NAME',
      );
      await sh(
        `b=$(printf 'a\\377'); ${nslab} run -d --name w --pod p -- sh -c 'printf %s "$1"; exec sleep 1000' sh "$b"`,
      );
      await must(['restart', 'p/w']);
      t.equal(
        await sh(
          `until ${nslab} logs p/w | LC_ALL=C grep -qa 'a.*a'; do sleep 0.1; done; ${nslab} logs p/w | ${HEX}`,
        ),
        '61ff61ff',
        'also when it is started again',
      );
      await must(['down', 'p']);
    }),
  );
}
