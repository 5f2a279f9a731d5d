import { constants } from 'node:os';
import t, { type Test } from 'tap';
import type { Result } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inspected, listed, pidOf, tell } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('run: statuses, environment, directory, user, volumes, privileges', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'p', '--network', 'none']);
      const run = (command: string[], ...options: string[]) =>
        nslab(['run', '--rm', '--name', 'w', '--pod', 'p', ...options, '--', ...command]);
      const shell = (script: string, ...options: string[]) => run(['sh', '-c', script], ...options);

      for (const status of [0, 1, 7, 125, 126, 127, 255])
        t.equal((await shell(`exit ${status}`)).status, status, `status ${status}`);
      for (const [name, number] of [
        ['TERM', 15],
        ['KILL', 9],
        ['SEGV', 11],
      ] as const)
        t.equal(
          (await shell(`ulimit -c 0; sh -c 'kill -${name} $$'; exit $?`)).status,
          128 + number,
          `by ${name}`,
        );
      t.match(await run(['no-such-program']), {
        status: 127,
        stderr: /cannot run "no-such-program": .*ENOENT.*\nhint: .*PATH/s,
      });
      t.match(await run(['/etc/passwd']), { status: 126, stderr: /cannot run "\/etc\/passwd": .*EACCES/ });
      t.match(await run(['/etc']), { status: 126, stderr: /EACCES|EISDIR/ }, 'a directory');
      t.match(await run(['true'], '-w', '/nosuch'), {
        status: 125,
        stderr: /chdir failed: ENOENT.*\nhint: .*-w/s,
      });
      t.match(await run(['true'], '-u', 'nobody-here'), { status: 125, stderr: /no user "nobody-here"/ });
      t.match(await run(['true'], '--nosuch'), { status: 125, stderr: /unknown option/ });
      t.notOk((await listed(host)).has('p/w'), '--rm: none of these is remembered');

      t.equal(
        (await shell('echo $GREETING-$EMPTY-', '-e', 'GREETING=a b', '-e', 'EMPTY=')).stdout,
        'a b--\n',
        '-e',
      );
      const passed = await nslab(
        ['run', '--rm', '--name', 'w', '--pod', 'p', '-e', 'OURS', '--', 'sh', '-c', 'echo $OURS'],
        { env: { OURS: 'mine' } },
      );
      t.equal(passed.stdout, 'mine\n', '-e NAME passes our own value on');
      t.equal((await shell('echo $OURS')).stdout, '\n', 'and without it nothing (control)');
      t.equal((await shell('pwd', '-w', '/usr')).stdout, '/usr\n', '-w');
      t.equal((await shell('pwd')).stdout, '/\n', 'default /');
      t.equal(
        (await shell('id -u; id -g', '-u', 'nobody')).stdout,
        await sh('id -u nobody; id -g nobody'),
        '-u',
      );
      t.equal((await shell('id -u; id -g', '-u', '1234:567')).stdout, '1234\n567\n', '-u UID:GID');
      t.equal((await shell('id -u')).stdout, '0\n', 'default root');
      await usersByNumber(t, host, shell);

      await sh('mkdir /run/data; echo from-host > /run/data/file');
      const place = '/nowhere/on/the/host';
      const volume = await shell(
        `cat ${place}/file; echo x > ${place}/new`,
        '--volume',
        `/run/data:${place}`,
      );
      t.match(volume, { status: 0, stdout: 'from-host\n' }, '--volume, at a place that the host lacks');
      t.equal(await sh('cat /run/data/new'), 'x\n', 'writable');
      t.not((await host.host.run(['test', '-e', '/nowhere'])).status, 0, 'the place is not on the host');
      const readOnly = await shell(
        `cat ${place}/file; echo x > ${place}/no`,
        '--volume',
        `/run/data:${place}:ro`,
      );
      t.match(readOnly, { stdout: 'from-host\n', stderr: /Read-only file system/ }, ':ro');
      t.match(
        await shell('cat /etc/one', '--volume', '/run/data/file:/etc/one'),
        { stdout: 'from-host\n' },
        'a file',
      );
      t.match(await shell('true', '--volume', '/nosuch:/x'), {
        status: 125,
        stderr: /\/nosuch does not exist/,
      });
      await sh('rm -r /run/data');

      const route = 'ip route add 192.0.2.0/24 dev lo';
      t.not((await shell('hostname x')).status, 0, 'without --privileged sethostname is refused');
      t.equal(
        (await shell(`hostname x && ${route}`, '--privileged')).status,
        0,
        'with it, it is not (control)',
      );
      await must(['down', 'p']);
    }),
  );

  t.test('a workload of its own: --network none and host', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const run = (where: string, script: string) =>
        nslab(['run', '--rm', '--name', 'w', where, '--', 'sh', '-c', script]);
      const own = await run('--network=none', 'ls /sys/class/net; hostname; stat -Lc %i /proc/self/ns/net');
      t.match(own, { status: 0, stdout: /^lo\nw\n\d+\n$/ }, 'none: lo alone, its own name');
      const machine = await sh('stat -Lc %i /proc/self/ns/net');
      t.notMatch(own.stdout, machine, 'none: not the host’s namespace');
      t.equal((await run('--network=host', 'stat -Lc %i /proc/self/ns/net')).stdout, machine, 'host: it is');
      t.match(
        await run('--network=none', 'cat /etc/hosts'),
        { stdout: /127\.0\.1\.1\tw\n/ },
        'none: its own /etc/hosts',
      );
      await must(['run', '-d', '--name', 'alone', '--network=none', '--', 'sleep', '1000']);
      t.match((await listed(host)).get('alone/alone'), { state: 'Running' });
      t.equal(await must(['exec', 'alone', 'hostname']), 'alone\n');
      await must(['run', '-d', '--name', 'guest', '--network=container:alone', '--', 'sleep', '1000']);
      const nets = await sh(
        `stat -Lc %i /proc/{${await pidOf(host, 'alone/alone')},${await pidOf(host, 'alone/guest')}}/ns/net`,
      );
      t.equal(new Set(nets.trim().split('\n')).size, 1, 'a workload is a donor as well');
      const donor = await pidOf(host, 'alone/alone');
      const running = async () => (await host.host.run(['kill', '-0', String(donor)])).status === 0;
      const visitor = ['run', '--rm', '--name', 'visitor', '--network=container:alone', '--', 'true'];
      t.match(await nslab(visitor), { status: 0 }, 'a visitor with --rm');
      t.equal(
        (await listed(host)).get('alone/alone')?.pid,
        donor,
        'when it has gone, the donor is still known',
      );
      await nslab(['rm', '-f', 'alone/guest']);
      t.equal((await listed(host)).get('alone/alone')?.pid, donor, 'when the guest has gone, too');
      await nslab(['rm', '-f', 'alone/alone']);
      t.notOk(await running(), 'and when nothing is listed, nothing runs');
      if (await running()) await sh(`kill -9 ${donor}`);
    }),
  );

  t.test('detached: stop, kill, wait, restart policies, logs, rm', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'p', '--network', 'none']);
      const start = (name: string, script: string, ...options: string[]) =>
        must(['run', '-d', '--name', name, '--pod', 'p', ...options, '--', 'bash', '-c', script]);
      const loop = 'while :; do sleep 0.05; done';
      const untilTold = (word: string) => `until [ -e /dev/shm/${word} ]; do sleep 0.05; done`;

      await start('polite', `trap 'echo bye; exit 5' TERM; echo hi; ${loop}`);
      await until(async () => (await must(['logs', 'polite'])) === 'hi\n');
      t.match(
        await nslab(['stop', 'polite']),
        { status: 0, stdout: 'polite\n', stderr: '' },
        'TERM is caught',
      );
      t.match(await inspected(host, 'polite'), { state: 'Error (5)', exitCode: 5, signal: null, pid: null });
      t.equal(await must(['logs', 'polite']), 'hi\nbye\n', 'it had time to say good-bye');

      // A stop that waited for its grace would take ten minutes.
      await must([
        'run',
        '-d',
        '--name',
        'deaf',
        '--pod',
        'p',
        '--stop-timeout',
        '600',
        '--',
        'sleep',
        '1000',
      ]);
      const deaf = await nslab(['stop', 'deaf']);
      t.match(deaf, { status: 0, stderr: /workload "deaf": .*TERM.*/ }, 'TERM is not caught: said');
      t.match(await inspected(host, 'deaf'), { exitCode: 137, signal: 9 }, 'and killed without a grace');

      await start('stubborn', `trap 'echo no' TERM; echo hi; ${loop}`, '--stop-timeout', '2');
      await until(async () => (await must(['logs', 'stubborn'])) === 'hi\n');
      await must(['stop', 'stubborn']);
      t.equal(await must(['logs', 'stubborn']), 'hi\nno\n', 'TERM is caught and disobeyed');
      t.match(await inspected(host, 'stubborn'), { exitCode: 137, signal: 9 }, 'KILL after the grace period');

      await start('listener', `trap 'echo usr1' USR1; trap 'exit 9' HUP; echo up; ${loop}`);
      await until(async () => (await must(['logs', 'listener'])) === 'up\n');
      await must(['kill', '-s', 'USR1', 'listener']);
      t.ok(await eventually(async () => (await must(['logs', 'listener'])) === 'up\nusr1\n'), 'kill -s USR1');
      await must(['kill', '-s', 'SIGHUP', 'p/listener']);
      t.equal(await must(['wait', 'listener']), '9\n', 'kill -s SIGHUP; wait gives its status');
      t.match(await nslab(['kill', 'listener']), {
        status: 1,
        stderr: /no workload of "listener" is running/,
      });
      t.match(await nslab(['kill', '-s', 'NOSUCH', 'listener']), { status: 2, stderr: /no signal "NOSUCH"/ });

      await start('slow', `${untilTold('go')}; exit 3`);
      const waiting = host.host.spawn([...program.argv, 'wait', 'slow']);
      t.match(await inspected(host, 'slow'), { state: 'Running' });
      t.equal(waiting.child.exitCode, null, 'wait waits');
      await tell(host, 'slow', '/dev/shm/go');
      t.match(await waiting.result, { status: 0, stdout: '3\n' }, 'until it ends');

      await start('always', 'echo again; sleep 0.1', '--restart', 'always');
      t.ok(
        await eventually(async () => (await inspected(host, 'always')).restarts >= 1),
        '--restart always: after 0 too',
      );
      await must(['stop', 'always']);
      const { restarts } = await inspected(host, 'always');
      t.match((await inspected(host, 'always')).state, /^(Completed|Error)/, 'stop ends it for good');
      t.equal((await inspected(host, 'always')).restarts, restarts, 'no more of them');
      await start('failing', 'echo again; sleep 0.1; exit 4', '--restart', 'on-failure');
      t.ok(
        await eventually(async () => (await inspected(host, 'failing')).restarts >= 1),
        '--restart on-failure: after 4',
      );
      await must(['rm', '-f', 'failing']);
      await start('fine', 'exit 0', '--restart', 'on-failure');
      t.equal(await must(['wait', 'fine']), '0\n');
      t.match(await inspected(host, 'fine'), { restarts: 0 }, '… and not after 0');

      await start('counter', `for i in 1 2 3 4 5; do echo line $i; done; ${untilTold('last')}; echo last`);
      const follower = host.host.spawn([...program.argv, 'logs', '-f', 'counter']);
      await until(async () => (await must(['logs', 'counter'])).includes('line 5'));
      t.equal(await must(['logs', '--tail', '2', 'counter']), 'line 4\nline 5\n', 'logs --tail');
      await tell(host, 'counter', '/dev/shm/last');
      t.match(
        await follower.result,
        { status: 0, stdout: /^line 1\n.*line 5\nlast\n$/s },
        'logs -f: to its end',
      );
      t.match(await nslab(['logs', 'p']), { status: 2, stderr: /several workloads\nhint: .*p\/always/ });

      await start('running', loop);
      t.match(await nslab(['rm', 'running']), { status: 1, stderr: /is running\nhint: .*-f/ });
      t.ok((await listed(host)).get('p/running')?.pid, 'it still runs');
      const victim = await pidOf(host, 'p/running');
      await must(['rm', '-f', 'running']);
      t.not((await host.host.run(['kill', '-0', String(victim)])).status, 0, 'rm -f ends it');
      t.notOk((await listed(host)).has('p/running'));
      await must(['rm', 'polite', 'fine']);
      t.notOk((await listed(host)).has('p/polite'), 'rm of what has ended');
      t.match(await sh('ls /run/nslab/pods/p/workloads'), /^stubborn$/m);
      await must(['down', 'p']);
    }),
  );

  t.test('in the foreground: a signal to the CLI is the workload’s; its record stays without --rm', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'p', '--network', 'none']);
      const script = `trap 'echo caught; exit 6' INT TERM; echo up; while :; do sleep 0.05; done`;
      const running = host.host.spawn([
        ...program.argv,
        'run',
        '--name',
        'w',
        '--pod',
        'p',
        '--',
        'bash',
        '-c',
        script,
      ]);
      await new Promise((resolve) => running.child.stdout?.once('data', resolve));
      // The workload writes straight to our pipe, and may be heard before the CLI is ready to pass signals on: USR2 among them.
      const cli = `$(pgrep -f '^${program.argv.join(' ')} run --name w')`;
      const caught = async () => await host.sh(`awk '$1 == "SigCgt:" { print $2 }' /proc/${cli}/status`);
      await until(
        async () =>
          (BigInt(`0x${(await caught()).trim()}`) >> BigInt(constants.signals.SIGUSR2 - 1)) % 2n === 1n,
      );
      running.signal('SIGINT');
      t.match(await running.result, { status: 6, stdout: 'up\ncaught\n' });
      t.match(await inspected(host, 'w'), { state: 'Error (6)' });
      t.match(await host.nslab(['logs', 'w']), { status: 1, stderr: /ran in the foreground/ });
      const early = host.host.spawn([
        ...program.argv,
        'run',
        '--rm',
        '--name',
        'e',
        '--pod',
        'p',
        '--',
        'bash',
        '-c',
        script,
      ]);
      await new Promise((resolve) => early.child.stdout?.once('data', resolve));
      early.signal('SIGINT');
      const { status, timedOut } = await early.result;
      t.notOk(timedOut, 'a signal in the very first moment is not lost');
      t.ok([6, 130].includes(status), `passed on, or the start undone (${status})`);
      t.notOk((await listed(host)).has('p/e'), 'and nothing of it is left');
      await host.must(['down', 'p']);
    }),
  );
}

/** What getent(1) makes of a number is cut to 32 bits: there, 4294967296 is root. */
async function usersByNumber(
  t: Test,
  { sh }: KernelHost,
  shell: (script: string, ...options: string[]) => Promise<Result>,
): Promise<void> {
  const users =
    '01:x:5001:5101::/:/bin/sh\\n1234:x:5002:5102::/:/bin/sh\\nfar:x:4294967294:5103::/:/bin/sh\\n';
  const groups = '02:x:5201:\\n';
  t.match(
    await sh('getent passwd 4294967296 " +0" -- -4294967296'),
    /^(root:.*\n){3}$/,
    'control: root to getent',
  );
  for (const id of ['4294967296', ' +0', '-4294967296', '4294967297', '01']) {
    t.match(await shell('id -u', '-u', id), { status: 125, stdout: '', stderr: /no user/ }, `-u ${id}`);
    t.match(
      await shell('id -g', '-u', `1:${id}`),
      { status: 125, stdout: '', stderr: /no group/ },
      `-u 1:${id}`,
    );
  }
  t.equal(
    (await shell('id -u; id -g', '-u', '2147483647')).stdout,
    '2147483647\n0\n',
    'control: the greatest',
  );
  for (const [file, lines] of [
    ['passwd', users],
    ['group', groups],
  ])
    await sh(
      `cp /etc/${file} /run/${file}; printf '${lines}' >> /run/${file}; mount --bind /run/${file} /etc/${file}`,
    );
  t.equal((await shell('id -u; id -g', '-u', '01')).stdout, '5001\n5101\n', 'a name that is a number');
  t.equal((await shell('id -g', '-u', '01:02')).stdout, '5201\n', 'the same of a group');
  t.equal(
    (await shell('id -u', '-u', '1234')).stdout,
    '1234\n',
    'a number in the range is an id, as in Docker',
  );
  t.match(
    await shell('id -u', '-u', 'far'),
    { status: 125, stderr: /user "far": "4294967294" is not a uid or gid from 0 to 2147483647/ },
    'an id beyond the range, by name',
  );
  await sh('umount /etc/passwd /etc/group; rm /run/passwd /run/group');
}
