import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { inspected, pidOf } from '../kernel/evidence.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

/** Control sequences that repaint a terminal, set its title or ring its bell, in both forms of CSI; and bidi controls. */
const EVIL = '\x1b[2J\x1b]0;owned\x07\u009b31mred\r\n\b\u202egnp';

/** Whether the text has characters that a terminal would not just print. Newlines are nslab's own. */
const acted = (text: string) => /(?!\n)[\p{Cc}\p{Bidi_Control}]/u.test(text);

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('what a workload writes is passed on as it is; what is said of it moves no terminal', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['hold', 'p', '--network', 'none']);
      const script = `printf '\\033[2J\\000\\377\\n'; printf 'a) Z 1 1 (\\n' > /proc/self/comm; read -t 100 <> <(:)`;
      await must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'bash', '-c', script, EVIL, `x=${EVIL}`]);
      const bytes = `${program.argv.join(' ')} logs w | od -An -tx1 | xargs`;
      t.ok(
        await eventually(async () => (await host.sh(bytes)) === '1b 5b 32 4a 00 ff 0a\n'),
        'logs: its bytes',
      );

      const pid = await pidOf(host, 'p/w');
      t.match(
        await host.sh(`cat /proc/${pid}/stat`),
        /^\d+ \(a\) Z 1 1 \(\n\) /,
        'control: its name is a trap',
      );
      t.match(await inspected(host, 'p/w'), { state: 'running', pid }, 'it is not mistaken for a zombie');
      for (const args of [
        ['ps', '-a'],
        ['ps', '-a', '-o', 'wide'],
        ['ps', '-a', '-o', 'json'],
        ['ps', '-a', '-o', 'yaml'],
        ['inspect', 'p'],
        ['inspect', 'p/w', '-o', 'yaml'],
        ['ns', 'p'],
        ['-v', 'exec', 'p/w', 'true', EVIL],
        ['exec', 'p/w', `no${EVIL}`],
        ['run', '--rm', '--name', 'x', '--pod', 'p', '--', `no${EVIL}`],
        ['run', '--rm', '--name', `x${EVIL}`, '--pod', 'p', '--', 'true'],
        ['run', '--rm', '--name', 'x', '--pod', 'p', '-w', `/${EVIL}`, '--', 'true'],
        ['run', '--rm', '--name', 'x', '--pod', 'p', '--volume', `/${EVIL}:/x`, '--', 'true'],
        ['logs', `p/${EVIL}`],
        [EVIL],
        ['hold', `--${EVIL}`],
        ['--state-dir', `/tmp/${EVIL}`, 'ps'],
        ['up', '--dry-run', '-f', '-'],
        ['stop', 'p/w'],
        ['inspect', 'p/w'],
      ]) {
        const { stdout, stderr, timedOut } = await nslab(args, { input: manifest });
        const title = args.map((word) => word.replaceAll(EVIL, 'EVIL')).join(' ');
        t.notOk(
          timedOut || acted(stdout + stderr),
          `${title}: ${JSON.stringify((stdout + stderr).slice(-60))}`,
        );
      }
      const { items } = JSON.parse(await must(['ps', '-a', '-o', 'json'])) as {
        items: { command: string[] }[];
      };
      t.ok(
        items.some(({ command }) => command.includes(EVIL)),
        'control: in JSON it is all there',
      );
      t.ok(acted(EVIL), 'control: it would have moved one');
      await must(['down', 'p']);
    }),
  );

  t.test('a workload in the foreground cannot type into the terminal of whoever ran it', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'p', '--network', 'none']);
      // TIOCSTI on the workload's terminal. The user's shell must not read any of it.
      const type = `perl -e 'for my $c (split //, "echo typed\\n") { ioctl STDOUT, 0x5412, $c or print "refused\\n" }'`;
      const typed = async (...options: string[]) => {
        const run = `${program.argv.join(' ')} run --rm --name w --pod p ${options.join(' ')} -- ${type}`;
        const line = `${run}; read -t 1 -r said; echo "read: $said"`;
        // A standard input that has no data and does not end.
        return await host.host.run(['bash', '-c', 'script -qec "$LINE" /dev/null <> <(:)'], {
          env: { LINE: line, SHELL: '/bin/bash', TERM: 'xterm' },
        });
      };
      const plain = await typed();
      t.match(plain.stdout, /refused/, 'it was tried');
      t.match(plain.stdout, /read: \r?\n/, 'and nothing was typed');
      t.match((await typed('--privileged')).stdout, /read: echo typed/, 'control: a privileged one types');
      await host.must(['down', 'p']);
    }),
  );

  t.test('a workload that is started again and again does not fill the transcript', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'p', '--network', 'none']);
      await host.must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'true']);
      const transcript = '/run/nslab/pods/p/transcript.jsonl';
      const size = async () => Number(await host.sh(`stat -c %s ${transcript}`));
      const before = await size();
      await host.must(['restart', 'p/w']);
      const grown = (await size()) - before;
      t.ok(grown > 1000, `control: a start is ${grown} bytes`);
      await host.sh(`yes '{"t":1}' | head -c 8400000 >> ${transcript}`);
      const full = await size();
      await host.must(['restart', 'p/w']);
      t.ok((await size()) - full < grown / 2, 'above 8 MB no more tries are written');
      await host.must(['down', 'p']);
    }),
  );
}

const manifest = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'm', annotations: { title: EVIL } },
  spec: {
    containers: [
      { name: 'w', image: 'busybox', command: ['sh', '-c', EVIL], env: [{ name: 'X', value: EVIL }] },
    ],
  },
});
