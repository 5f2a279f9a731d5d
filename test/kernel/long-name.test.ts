import t from 'tap';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

/** The longest name that a pod may have, with dots: a file name, a name for `ip netns`, an alias, a comment of nft. */
const LONG = `${'a'.repeat(100)}.${'b'.repeat(99)}`;

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('a pod with the longest name, wired and with a published port', (t) =>
    onFreshHost(t, async ({ must, nslab, sh }) => {
      await must(['hold', LONG, '-p', '8080:80']);
      t.equal(
        await must(['run', '--rm', '--name', 'w', '--pod', LONG, '--', 'hostname']),
        `${'a'.repeat(63)}\n`,
      );
      t.match(await sh('ip link show'), /alias nslab:\w+:\w+ pod\/a+/, 'its link bears its mark');
      t.match(await sh('nft list ruleset'), /comment "nslab:\w+:\w+ pod\/a+/, 'so does its port');
      t.match(await sh('ip netns'), LONG);
      await must(['down', LONG]);
      t.match(await nslab(['hold', `${LONG}b`]), {
        status: 2,
        stderr: /is not a name for a pod\nhint: .*at most 200/,
      });
    }),
  );
}
