import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { timeForWitnesses } from '../campaign/interrupt.ts';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'strace')) {
  t.test('exec and down at the same time: the command runs before, or is refused, and nothing is left', (t) =>
    onFreshHost(t, async (host) => {
      const rounds = process.env.NSLAB_CAMPAIGN ? 500 : 12;
      const ended = { ran: new Set<number>(), refused: new Set<number>() };
      let whole = 0;
      for (let round = 0; round < rounds; round++) {
        await host.must(['hold', 'web', '--network', 'none']);
        const begun = performance.now();
        const exec = host.host.spawn([...host.argv, 'exec', 'web', 'sh', '-c', 'echo ran; exec sleep 1000']);
        // The first says how long it takes to run; the others are met at every moment until a little after that.
        if (round === 0) await once(exec.child.stdout as Readable, 'data');
        else await sleep(((round * 37) % 120) * (whole / 100));
        whole ||= performance.now() - begun;
        await host.must(['down', 'web']);
        const left = await host.sh(
          'pgrep -axf "sleep [0-9]+|[^ ]*/pause .*" || true; ls /run/nslab 2>/dev/null || true',
        );
        if (left !== '') t.fail(`round ${round}: ${left}`);
        const { status, stdout } = await exec.result;
        ended[stdout === 'ran\n' ? 'ran' : 'refused'].add(status);
      }
      t.strictSame([...ended.ran], [137], 'what ran before was killed');
      const inWords = [125, 137];
      t.strictSame(
        [...ended.refused].filter((status) => !inWords.includes(status)),
        [],
        'or it did not run',
      );
      const late = await host.nslab(['exec', 'web', 'sh', '-c', 'echo ran']);
      t.match(late, { status: 125, stdout: /^$/ }, 'one that comes after that does not (control)');
    }),
  );

  t.test('exec and down, while the shim of the command has a child at work for it', (t) =>
    onFreshHost(t, async (host) => {
      const delay = (await timeForWitnesses(6)) * 1000;
      const both = 'ls -l /proc/[0-9]*/fd/4 2>/dev/null | grep /execs/';
      const one = `pgrep -x shim -P $(pgrep -x shim -d, )`;
      for (const [target, call, isThere, status] of [
        ['web/w', 'close', `[ $(${both} | wc -l) = 2 ]`, 137],
        ['web', 'close', `[ $(${both} | wc -l) = 2 ]`, 125],
        ['web', 'pidfd_open', `${one} && [ $(${both} | wc -l) = 1 ]`, 125],
      ] as const) {
        await host.must(['hold', 'web', '--network', 'none']);
        await host.must(['run', '-d', '--name', 'w', '--pod', 'web', '--pid=host', '--', 'sleep', '1000']);
        const slow = `strace -f -o /dev/null -e trace=${call} -e inject=${call}:delay_enter=${delay}:when=1`;
        const exec = host.host.spawn([...slow.split(' '), ...host.argv, 'exec', target, 'sleep', '4321']);
        await until(async () => (await host.host.run(['bash', '-c', isThere])).status === 0);
        await host.must(['down', 'web']);
        t.match(await exec.result, { status }, `${target}, ${call}: its status says how it ended`);
        t.equal(await host.sh('pgrep -x shim || true'), '', 'its shim and the child are gone');
      }
    }),
  );
}
