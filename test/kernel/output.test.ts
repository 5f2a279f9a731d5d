import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

const NSLAB = program.argv.join(' ');

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('who reads the output may go away, and a full disk may take none of it', (t) =>
    onFreshHost(t, async ({ must, sh, nslab }) => {
      await must(['hold', 'a', '--network', 'none']);
      const endless = 'seq 200000; while sleep 0.1; do echo more; done';
      await must(['run', '-d', '--name', 'w', '--pod', 'a', '--', 'sh', '-c', endless]);
      await sh(`until [ "$(${NSLAB} logs --tail 1 w)" = more ]; do sleep 0.1; done`);

      /** The status of a command whose reader takes one line, or none, and goes. */
      const statusOf = (line: string, reader: string): Promise<string> =>
        sh(`{ { timeout 100 ${line}; echo $? >&3; } | ${reader} >/dev/null; } 3>&1`);
      t.equal(await statusOf(`${NSLAB} logs w`, 'head -1'), '0\n', 'logs');
      t.equal(
        await statusOf(`${NSLAB} logs -f w`, 'head -1'),
        '0\n',
        'logs -f: ends, having nobody to follow for',
      );
      t.equal(await statusOf(`${NSLAB} hold b --network none`, 'true'), '0\n', 'hold');
      t.equal(
        await statusOf(`${NSLAB} -v hold c --network none 2>&1`, 'head -1'),
        '0\n',
        'hold -v, its stderr too',
      );
      t.equal(
        await statusOf(`${NSLAB} exec a sh -c 'exit 7'`, 'true'),
        '7\n',
        "exec: its command's own status",
      );
      t.match(
        await must(['ps', '-a']),
        /b +pause +\d+\/\d+ +Running[\s\S]*c +pause +\d+\/\d+ +Running/,
        'what they made is there',
      );

      // A pipe of ours that breaks is no reader that went away: the verb may not pass for done.
      const transcript = `mkfifo /tmp/f; (exec head -c 1 /tmp/f >/dev/null) & ${NSLAB} --transcript /tmp/f hold d --network none 2>&1; rm /tmp/f`;
      t.equal(
        await sh(transcript),
        'nslab: EPIPE: broken pipe, write\nd\n',
        'a transcript that breaks is said',
      );

      const full = await sh(`${NSLAB} ps -a 2>&1 >/dev/full || echo $?`);
      t.match(full, /^nslab: cannot write standard output: .*ENOSPC[^\n]*\n1\n$/, 'a full disk is told');
      for (const name of ['a', 'b', 'c', 'd']) t.equal((await nslab(['down', name])).status, 0);
    }),
  );
}
