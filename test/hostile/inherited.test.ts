import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

/** Prints what SECURITY.md's table has of a process, a line each. */
const LOOK = `
  ulimit -Sn; umask; cat /proc/self/oom_score_adj
  awk '{ print "nice", $19; print "policy", $41 }' /proc/self/stat
  grep -E '^Sig(Blk|Ign):' /proc/self/status; echo personality $(cat /proc/self/personality)
  ionice -p $$; cat /proc/$$/timerslack_ns`;

/** As different as one can be: each of these is inherited through Node. */
const STARTED_UNDER =
  "ulimit -Sn 1000; umask 077; echo 500 >/proc/self/oom_score_adj; trap '' INT PIPE HUP USR1; nice -n 7 ionice -c 3 chrt -b 0 setarch -R";

const EXPECTED = [
  ...['1000', '0022', '0', 'nice 0', 'policy 0'],
  ...[
    'SigBlk:\t0000000000000000',
    'SigIgn:\t0000000000000000',
    'personality 00000000',
    'none: prio 0',
    '50000',
  ],
];

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('a workload inherits nothing of how nslab was started', (t) =>
    onFreshHost(t, async ({ must, sh }) => {
      await must(['hold', 'p', '--network', 'none']);
      await must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'sleep', '1000']);
      const look = async (words: string) =>
        (await sh(`${STARTED_UNDER} ${words}; exit $?`)).trim().split('\n');
      const quoted = `bash -c '${LOOK.replaceAll("'", "'\\''")}'`;
      t.not((await look(quoted)).join('\n'), EXPECTED.join('\n'), 'the caller has other values (control)');
      t.not((await look(quoted))[3], 'nice 0', 'its nice value, too (control)');
      for (const way of ['run --rm --name x --pod p --', 'exec p', 'exec p/w'])
        t.strictSame(await look(`${program.argv.join(' ')} ${way} ${quoted}`), EXPECTED, way);
      await must(['down', 'p']);
    }),
  );
}
