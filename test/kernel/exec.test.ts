import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inodesOf, KINDS, pidOf, words } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('exec: where it runs, as whom, with which status', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['hold', 'p', '--network', 'none']);
      const script = 'echo inside > /etc/mark; exec sleep 1000';
      await must([
        'run',
        '-d',
        '--name',
        'w',
        '--pod',
        'p',
        '-e',
        'COLOUR=red',
        '-w',
        '/usr',
        '--',
        'sh',
        '-c',
        script,
      ]);
      const seen = async (name: string) => {
        const asked = ['stat', '-Lc', '%i', ...KINDS.map((kind) => `/proc/self/ns/${kind}`)];
        const inodes = words(await must(['exec', name, ...asked])).map(Number);
        return Object.fromEntries(KINDS.map((kind, index) => [kind, inodes[index]]));
      };
      t.same(
        await seen('p/w'),
        inodesOf(host.host, await pidOf(host, 'p/w')),
        'exec POD/W: all its namespaces',
      );
      const holder = inodesOf(host.host, await pidOf(host, 'p/pause'));
      const machine = inodesOf(host.host, 1);
      const { mnt, ...others } = await seen('p');
      const { mnt: outside, ...shared } = machine;
      t.same(
        others,
        { ...shared, net: holder.net, ipc: holder.ipc, uts: holder.uts },
        'exec POD: the holder’s',
      );
      t.ok(mnt && ![outside, holder.mnt].includes(mnt), 'and a root of its own');
      t.match(await must(['exec', 'p', 'cat', '/etc/hosts']), /^127\.0\.1\.1\tp$/m, "with the pod's names");
      t.equal(await must(['exec', 'p/pause', 'hostname']), 'p\n', 'POD/pause is the same');

      await until(async () => (await nslab(['exec', 'w', 'test', '-e', '/etc/mark'])).status === 0);
      t.equal(await must(['exec', 'w', 'cat', '/etc/mark']), 'inside\n', 'its files');
      t.not((await nslab(['exec', 'p', 'cat', '/etc/mark'])).status, 0, 'not with POD alone (control)');
      t.equal(
        await must(['exec', 'w', 'sh', '-c', 'echo $COLOUR; pwd']),
        'red\n/usr\n',
        'its environment and directory',
      );
      t.equal(await must(['exec', 'p', 'sh', '-c', 'hostname; pwd']), 'p\n/\n', 'with POD alone');

      const ask = 'echo $COLOUR $SIZE $HOME; pwd; id -u; id -g';
      const changed = ['-e', 'SIZE=1', '-e', 'COLOUR=a b', '-w', '/var', '-u', '1234:567'];
      for (const name of ['w', 'p'])
        t.equal(
          await must(['exec', ...changed, name, 'sh', '-c', ask]),
          'a b 1 /\n/var\n1234\n567\n',
          `${name}: another environment, directory and user`,
        );
      t.equal(await must(['exec', 'w', 'sh', '-c', ask]), 'red /root\n/usr\n0\n0\n', 'its own (control)');
      const effective = ['grep', 'CapEff', '/proc/self/status'];
      t.match(await must(['exec', '-u', '1234', 'w', ...effective]), /\t0{16}$/m, 'no effective capability');
      t.notMatch(await must(['exec', 'w', ...effective]), /\t0{16}$/m, 'root has some (control)');
      t.equal(
        await must(['exec', '-e', 'PASSED', 'w', 'sh', '-c', 'echo $PASSED'], { env: { PASSED: 'on' } }),
        'on\n',
        'a name alone passes the value on',
      );
      t.equal(await must(['exec', '-u', 'nobody', 'w', 'id', '-un']), 'nobody\n', 'by name');
      t.match(await nslab(['exec', '-u', 'no-such-user', 'w', 'id']), { status: 125, stderr: /no user/ });
      t.match(await nslab(['exec', '-w', 'tmp', 'w', 'pwd']), {
        status: 125,
        stderr: /not an absolute path/,
      });
      t.match(await nslab(['exec', '-w', '/no/such', 'w', 'pwd']), {
        status: /^12[567]$/,
        stderr: /the working directory \(-w\) must exist/,
      });
      t.match(await nslab(['exec', '-e', '1A=x', 'w', 'pwd']), { status: 125, stderr: /not the name of/ });

      for (const status of [0, 1, 42, 125, 126, 127, 255])
        t.equal(
          (await nslab(['exec', 'w', 'sh', '-c', `exit ${status}`])).status,
          status,
          `status ${status}`,
        );
      for (const [name, number] of [
        ['TERM', 15],
        ['KILL', 9],
        ['USR1', 10],
      ] as const)
        t.equal(
          (await nslab(['exec', 'w', 'sh', '-c', `kill -${name} $$`])).status,
          128 + number,
          `by ${name}`,
        );
      t.match(await nslab(['exec', 'w', 'nosuch']), { status: 127, stderr: /cannot run "nosuch": .*ENOENT/ });
      t.match(await nslab(['exec', 'w', '/etc/passwd']), { status: 126, stderr: /EACCES/ });
      t.match(await nslab(['exec', 'w']), { status: 125, stderr: /missing required argument/ });
      t.match(
        await nslab(['exec', 'w', '--', 'echo', '-n', 'x']),
        { status: 0, stdout: 'x' },
        'dashes before',
      );

      t.equal(
        (await nslab(['exec', '-i', 'w', 'cat'], { input: 'line\n' })).stdout,
        'line\n',
        '-i: standard input',
      );
      t.equal(
        (await nslab(['exec', 'w', 'cat'], { input: 'line\n' })).stdout,
        '',
        'not without it (control)',
      );
      const large = 'x'.repeat(1 << 20);
      t.equal(
        (await nslab(['exec', '-i', 'w', 'wc', '-c'], { input: large })).stdout.trim(),
        String(large.length),
      );

      const caps = async (...options: string[]) =>
        (
          await must(['exec', ...options, 'w', 'grep', '-E', '^(CapEff|NoNewPrivs)', '/proc/self/status'])
        ).replace(/\t/g, '');
      t.equal(await caps(), 'CapEff:00000000a80425fb\nNoNewPrivs:0\n', 'the workload’s limits');
      t.match(
        await caps('--privileged'),
        /CapEff:[0-9a-f]*[1-9a-f]{2}[0-9a-f]*\nNoNewPrivs:0\n/,
        '--privileged: all',
      );
      t.not(await caps('--privileged'), await caps(), '(control)');
      await must(['run', '-d', '--name', 'user', '--pod', 'p', '-u', '1234:567', '--', 'sleep', '1000']);
      t.equal(await must(['exec', 'user', 'sh', '-c', 'id -u; id -g']), '1234\n567\n', 'its user');
      await must(['down', 'p']);
    }),
  );

  t.test('-v shows what the shim did inside, and nothing of anybody else', (t) =>
    onFreshHost(t, async ({ must, nslab, sh }) => {
      await must(['hold', 'p', '--network', 'none']);
      await must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'sleep', '1000']);
      const { stderr } = await nslab(['-v', 'exec', 'p/w', 'true']);
      for (const kind of ['NET', 'IPC', 'UTS', 'PID', 'NS'])
        t.match(stderr, new RegExp(`setns\\(\\d+, CLONE_NEW${kind}\\) = 0`));
      t.match(stderr, 'PR_CAPBSET_DROP');
      t.notMatch(
        stderr,
        'pivot_root',
        "the workload's own start is in the same transcript, and not this command's",
      );
      t.equal((await nslab(['exec', 'p/w', 'true'])).stderr, '', 'without -v: nothing');
      await must(['--transcript', '/tmp/exec.jsonl', 'exec', 'p/w', 'true']);
      const host = (await sh('cat /tmp/exec.jsonl; rm /tmp/exec.jsonl')).trim().split('\n');
      t.same([...new Set(host.map((line) => JSON.parse(line).channel))].sort(), ['shim', 'spawn']);
      await must(['down', 'p']);
    }),
  );

  t.test('exec -t: a terminal of its own', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      await must(['hold', 'p', '--network', 'none']);
      await must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'sleep', '1000']);
      for (const target of ['p', 'p/w']) {
        t.match(
          await onTerminal(host, `exec -t ${target} tty`),
          /\/dev\/pts\/\d+|\/dev\/console/,
          `${target}: tty`,
        );
        t.match(
          await onTerminal(host, `exec ${target} tty`),
          /not a tty/,
          `${target}: not without -t (control)`,
        );
        t.match(
          await onTerminal(host, `exec -t ${target} stty size`, { before: 'stty rows 33 cols 77' }),
          /^33 77\r?$/m,
          `${target}: window size`,
        );
        const resized = await onTerminal(
          host,
          `exec -t ${target} bash -c 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done'`,
          {
            before: `stty rows 33 cols 77; (${shows('ready')}; stty -F $(tty </dev/tty) rows 44 </dev/tty) & true`,
          },
        );
        t.match(resized, /^44 77\r?$/m, `${target}: SIGWINCH`);
        const session = await onTerminal(host, `exec -t ${target} bash --norc -i`, {
          input: 'sleep 100 &\njobs\nkill %1\nwait\necho "foreground: $(ps -o stat= -p $$)"\nexit 7\n',
          when: 'bash.*[#$] ',
          after: 'echo status=$?',
        });
        t.match(session, /\[1\]\+? +Running +sleep 100/, `${target}: job control`);
        t.notMatch(session, /no job control|cannot set terminal/, `${target}: without complaints`);
        t.match(session, /foreground: S\w*s\w*\+/, `${target}: leads its session`);
        t.match(session, /status=7/, `${target}: its status`);
        const interrupted = await onTerminal(
          host,
          `exec -t ${target} bash -c 'trap "echo got-it; exit 3" INT; echo up; while :; do sleep 0.1; done'`,
          {
            input: '\x03',
            when: '^up',
            after: 'echo status=$?',
          },
        );
        t.match(interrupted, /got-it\r?\n(.*\n)*status=3/, `${target}: Ctrl-C goes inside`);
      }
      await must(['down', 'p']);
    }),
  );
}

/** A shell line that waits until the terminal shows something. */
function shows(what: string): string {
  return `until grep -qe '${what}' "$SHOWN"${what === '' ? ' || :' : ''}; do sleep 0.05; done`;
}

/** Runs `nslab ARGS` on a pseudo-terminal, which script(1) makes, and returns all that it showed. */
async function onTerminal(
  { host }: KernelHost,
  args: string,
  {
    before = ':',
    after = ':',
    input = '',
    when = '',
  }: { before?: string; after?: string; input?: string; when?: string } = {},
): Promise<string> {
  const line = `${before}; ${program.argv.join(' ')} ${args}; ${after}; : >"$ENDED"`;
  // Typed when it shows that it can be; the terminal stays open until the command has ended, and script(1) until then.
  const typed = `
    export ENDED=/tmp/ended-$$ SHOWN=/tmp/shown-$$
    : >$SHOWN
    (${shows(when)}; printf %s "$TYPED"; until [ -e $ENDED ]; do sleep 0.05; done) | script -qefc "$LINE" /dev/null | tee $SHOWN
    rm $ENDED $SHOWN`;
  const { stdout } = await host.run(['bash', '-c', typed], {
    env: { LINE: line, TYPED: input, TERM: 'xterm', SHELL: '/bin/bash' },
  });
  return stdout;
}
