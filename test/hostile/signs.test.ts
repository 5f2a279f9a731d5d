import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { inspected, pidOf } from '../kernel/evidence.ts';
import { onFreshHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';

/** Control sequences that repaint a terminal, set its title or ring its bell, in both forms of CSI; a forged notice; and bidi controls. */
const EVIL = '\x1b[2J\x1b]0;owned\x07\u009b31mred\r\nnslab: all is well\b\u202egnp';

/** Whether the text has characters that a terminal would not just print. Newlines are nslab's own. */
const acted = (text: string) => /(?!\n)[\p{Cc}\p{Bidi_Control}]/u.test(text);

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('what a workload writes is passed on as it is; what is said of it moves no terminal', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'p', '--network', 'none']);
      const script = `printf '\\033[2J\\000\\377\\n'; printf 'a) Z 1 1 (\\n' > /proc/self/comm; read -t 100 <> <(:)`;
      await must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'bash', '-c', script, EVIL, `x=${EVIL}`]);
      const bytes = `${program.argv.join(' ')} logs w | od -An -tx1 | xargs`;
      t.ok(
        await eventually(async () => (await host.sh(bytes)) === '1b 5b 32 4a 00 ff 0a\n'),
        'logs: its bytes',
      );

      const pid = await pidOf(host, 'p/w');
      const inode = (await sh(`stat -Lc %i /proc/${pid}/ns/net`)).trim();
      // Names that other programs can choose freely, and names in the state directory that nslab would not create.
      await sh(
        `ip netns add $'\\e]0;x\\a'; ip link add $'\\e''if' type veth peer name peer; ip link set dev $'\\e''if' alias $'a\\e[2Jb'`,
      );
      await sh(
        `mkdir -p /run/nslab/networks /run/nslab/pods/$'\\e[2J'; echo x > /run/nslab/networks/$'x\\e[2J.json'`,
      );
      t.match(
        await host.sh(`cat /proc/${pid}/stat`),
        /^\d+ \(a\) Z 1 1 \(\n\) /,
        'control: its name is a trap',
      );
      t.match(await inspected(host, 'p/w'), { state: 'Running', pid }, 'it is not mistaken for a zombie');
      for (const args of [
        ['ps', '-a'],
        ['network', 'ls'],
        ['__complete', '--', 'inspect', ''],
        ['gc', '--dry-run'],
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
        ['ns', '--all'],
        ['ns', 'why', inode],
        ...['text', 'json', 'dot', 'svg', 'mermaid'].map((form) => ['map', '--all', '-o', form]),
        ...['text', 'json', 'script'].map((form) => ['transcript', 'p', '-o', form]),
        ...['text', 'json', 'script'].map((form) => ['up', '--dry-run', '-o', form, '-f', '-']),
        ['network', 'inspect', EVIL],
        ['down', EVIL],
        ['lab', 'show', EVIL],
        ['compare', 'docker', '--saved', `/${EVIL}`],
        ['stop', 'p/w'],
        ['inspect', 'p/w'],
      ]) {
        const { stdout, stderr, timedOut } = await nslab(args, { input: manifest });
        // Tabs are expected in a script (/etc/hosts) and in completions.
        const printed =
          (args.includes('script') || args.includes('__complete') ? stdout.replaceAll('\t', ' ') : stdout) +
          stderr;
        const title = args.map((word) => word.replaceAll(EVIL, 'EVIL')).join(' ');
        t.notOk(
          timedOut || acted(printed) || /^(hint: )?nslab: all is well/m.test(printed),
          `${title}: ${JSON.stringify(printed.slice(-60))}`,
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
      t.match((await nslab(['map', '--all'])).stdout, /\\u001bif/, 'control: the interface is on the map');
      await must(['report', 'p', '--out', '/run/report.html', '--with-script']);
      t.notOk(acted((await sh('cat /run/report.html')).replaceAll('\t', ' ')), 'report');
      await sh(
        `ip netns del $'\\e]0;x\\a'; umount /run/netns; ip link del $'\\e''if'; rm -rf /run/report.html /run/nslab/networks/*.json /run/nslab/pods/$'\\e[2J'`,
      );
      await must(['down', 'p']);
    }),
  );

  t.test('logs and up: bytes in a pipe; on a terminal nothing of a log acts', (t) =>
    onFreshHost(t, async (host) => {
      const write = `printf 'a\\033[2Jb\\tc\\r\\n\\377\\233z\\n\\302\\233no newline'`;
      const pod = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'm' },
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'w', image: 'busybox', command: ['sh', '-c', write] }],
        },
      });
      await host.must(['up', '-d', '-f', '-', '--network', 'none'], { input: pod });
      await host.must(['wait', 'm/w']);
      const nslab = program.argv.join(' ');
      const raw = '61 1b 5b 32 4a 62 09 63 0d 0a ff 9b 7a 0a c2 9b 6e 6f 20 6e 65 77 6c 69 6e 65';
      const bytes = (command: string) => `${command} | od -An -v -tx1 | xargs`;
      t.equal((await host.sh(bytes(`${nslab} logs m/w`))).trim(), raw, 'logs in a pipe: all its bytes');
      const onTerminal = async (command: string) => {
        const { stdout } = await host.host.run(['bash', '-c', 'script -qec "$LINE" /dev/null <> <(:)'], {
          env: { LINE: command, SHELL: '/bin/bash', TERM: 'xterm', NO_COLOR: '1' },
        });
        // The terminal turns LF into CRLF.
        return stdout.replaceAll('\r\n', '\n');
      };
      const shown = 'a\\u001b[2Jb\tc\n\ufffd\ufffdz\n\\u009bno newline';
      t.equal(await onTerminal(`${nslab} logs m/w`), shown, 'logs on a terminal');
      t.match(await onTerminal('cat /run/nslab/pods/m/workloads/w/log'), '\x1b[2J', 'control: raw, it acts');
      await host.must(['down', 'm']);

      await host.sh(`cat > /run/m.yaml <<'END'\n${pod}\nEND`);
      const up = `${nslab} up -f /run/m.yaml --network none`;
      const prefixed = raw.replaceAll(' 0a ', ' 0a 77 20 7c 20 ');
      t.equal(
        (await host.sh(bytes(`${up} 2>/dev/null`))).trim(),
        `77 20 7c 20 ${prefixed} 0a`,
        'up in a pipe',
      );
      const seen = await onTerminal(`${up} 2>/dev/null`);
      t.equal(seen, `w | ${shown.replaceAll('\n', '\nw | ')}\n`, 'up on a terminal');
      await host.sh('rm /run/m.yaml');
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
