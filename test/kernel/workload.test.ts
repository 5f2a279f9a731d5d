import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inspected, pidOf, tell, words } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

// man 7 capabilities: chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod
// audit_write setfcap; their numbers, as bits.
const DOCKERS_FOURTEEN = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31].reduce(
  (mask, bit) => mask | (1n << BigInt(bit)),
  0n,
);

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('what it writes is its own', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await must(['hold', 'p', '--network', 'none']);
      const mark = 'nslab-kernel-test';
      const places = ['/etc', '/var', '/run', '/tmp', '/usr/bin', '/newdir'];
      const script = places
        .map((place) => `mkdir -p ${place} && echo mine > ${place}/${mark} && cat ${place}/${mark}`)
        .join(' && ');
      await must([
        'run',
        '-d',
        '--name',
        'w',
        '--pod',
        'p',
        '--',
        'sh',
        '-c',
        `${script} && echo all-written; rm /etc/passwd; exec sleep 1000`,
      ]);
      t.ok(
        await eventually(async () => (await must(['logs', 'w'])).includes('all-written')),
        'it could write everywhere',
      );
      for (const place of places)
        t.not(
          (await host.host.run(['test', '-e', `${place}/${mark}`])).status,
          0,
          `${place}: not on the host`,
        );
      t.equal(
        (await host.host.run(['test', '-e', '/etc/passwd'])).status,
        0,
        'what it removed is still here',
      );
      t.equal(
        await must(['exec', 'w', 'cat', `/newdir/${mark}`]),
        'mine\n',
        'it is there for `exec` (control)',
      );
      await must(['run', '-d', '--name', 'v', '--pod', 'p', '--', 'sleep', '1000']);
      t.not(
        (await host.nslab(['exec', 'v', 'test', '-e', `/newdir/${mark}`])).status,
        0,
        'not for its neighbour',
      );
      const before = await sh('cat /proc/sys/kernel/domainname');
      const refused = await host.nslab(['exec', 'w', 'sh', '-c', 'echo x > /proc/sys/kernel/domainname']);
      t.match(refused, { stderr: /Read-only file system/ }, '/proc/sys is read-only');
      t.equal(await sh('cat /proc/sys/kernel/domainname'), before);
      await must(['restart', 'w']);
      t.ok(await eventually(async () => (await must(['logs', 'w'])).split('all-written').length === 3));
      await must(['down', 'p']);
    }),
  );

  t.test('what it is given: descriptors, environment, directory, capabilities, user', (t) =>
    onFreshHost(t, async (host) => {
      const { must, host: machine } = host;
      await must(['hold', 'p', '--network', 'none']);
      // As a careless caller: fds 3..40 open, one of them a secret, and more secrets in the environment; cwd not /.
      const careless = async (args: string) => {
        const opened = Array.from({ length: 38 }, (_, n) => `exec ${n + 3}</etc/passwd`).join('; ');
        const run = await machine.run(
          ['bash', '-c', `${opened}; cd /root; ls /proc/self/fd | wc -w; ${program.argv.join(' ')} ${args}`],
          {
            env: {
              AWS_SECRET_ACCESS_KEY: 'hush',
              NODE_OPTIONS: '--no-warnings',
              LD_BIND_NOW: '1',
              npm_config_x: 'y',
            },
          },
        );
        t.match(run, { status: 0, stderr: '' });
        return run.stdout.split('\n');
      };
      const look = `sh -c 'echo /proc/self/fd/*; env | sort | tr "\\n" " "; echo; pwd'`;
      const ran = await careless(`run --rm --name w --pod p -- ${look}`);
      t.ok(Number(ran[0]) > 38, 'the caller has them open (control)');
      const shells = ['/proc/self/fd/0', '/proc/self/fd/1', '/proc/self/fd/2'];
      // The glob itself is expanded by opening /proc/self/fd, which is one more.
      t.same(
        words(ran[1] ?? '').filter((fd) => !shells.includes(fd)).length <= 1,
        true,
        `fds 0–2: ${ran[1]}`,
      );
      t.same(
        names(ran[2]),
        ['HOME', 'HOSTNAME', 'PATH', 'PWD'],
        'the documented environment (PWD is the shell’s)',
      );
      t.equal(ran[3], '/', 'cwd');
      await careless('run -d --name d --pod p -- sleep 1000');
      const pid = await pidOf(host, 'p/d');
      t.equal(await host.sh(`ls /proc/${pid}/fd | xargs`), '0 1 2\n', 'detached: fds 0–2');
      const environment = (await host.sh(`tr '\\0' '\\n' < /proc/${pid}/environ`)).trim();
      t.same(
        names(environment.replace(/\n/g, ' ')),
        ['HOME', 'HOSTNAME', 'PATH'],
        'detached: its environment',
      );
      t.equal(await host.sh(`readlink /proc/${pid}/cwd`), '/\n', 'detached: its cwd');
      const shim = (await host.sh(`awk '/^PPid/ { print $2 }' /proc/${pid}/status`)).trim();
      t.notMatch(
        await host.sh(`ls -l /proc/${shim}/fd`),
        '/etc/passwd',
        'nothing of the caller’s in its shim',
      );
      t.notMatch(await host.sh(`tr '\\0' '\\n' < /proc/${shim}/environ`), 'hush');
      const holder = await pidOf(host, 'p/pause');
      t.notMatch(await host.sh(`ls -l /proc/${holder}/fd`), '/etc/passwd', 'nor in the holder');
      for (const target of ['p/d', 'p']) {
        const run = await careless(`exec ${target} ${look}`);
        t.same(
          words(run[1] ?? '').filter((fd) => !shells.includes(fd)).length <= 1,
          true,
          `exec ${target}: fds ${run[1]}`,
        );
        t.same(names(run[2]), ['HOME', 'HOSTNAME', 'PATH', 'PWD'], `exec ${target}: environment`);
        t.equal(run[3], '/', `exec ${target}: cwd`);
      }

      const status = await statusOf(host, 'p/d');
      for (const set of ['CapBnd', 'CapEff', 'CapPrm'])
        t.equal(BigInt(`0x${status.get(set)}`), DOCKERS_FOURTEEN, `${set}: Docker’s fourteen`);
      for (const set of ['CapInh', 'CapAmb']) t.equal(BigInt(`0x${status.get(set)}`), 0n, `${set}: none`);
      t.equal(status.get('NoNewPrivs'), '0', 'as in Docker and Kubernetes');
      t.equal(status.get('Uid'), '0 0 0 0');
      await must(['run', '-d', '--name', 'full', '--pod', 'p', '--privileged', '--', 'sleep', '1000']);
      const privileged = await statusOf(host, 'p/full');
      const ours = (await host.sh("awk '/^CapBnd/ { print $2 }' /proc/self/status")).trim();
      for (const set of ['CapBnd', 'CapEff'])
        t.equal(privileged.get(set), ours, `--privileged: ${set} is all`);
      await must(['run', '-d', '--name', 'user', '--pod', 'p', '-u', '1234:567', '--', 'sleep', '1000']);
      const user = await statusOf(host, 'p/user');
      t.match(Object.fromEntries(user), {
        Uid: '1234 1234 1234 1234',
        Gid: '567 567 567 567',
        NoNewPrivs: '0',
      });
      t.equal(BigInt(`0x${user.get('CapEff')}`), 0n, '-u: no capabilities');
      await must(['down', 'p']);
    }),
  );

  t.test('how it ended is recorded: codes, signals, and every byte of its output', (t) =>
    onFreshHost(t, async (host) => {
      const { must, host: machine } = host;
      await must(['hold', 'p', '--network', 'none']);
      const codes = process.env.NSLAB_CAMPAIGN
        ? Array.from({ length: 256 }, (_, code) => code)
        : [0, 1, 2, 64, 127, 128, 143, 254, 255];
      for (const code of codes) {
        await must(['run', '-d', '--name', `c${code}`, '--pod', 'p', '--', 'sh', '-c', `exit ${code}`]);
        t.equal(await must(['wait', `c${code}`]), `${code}\n`, `exit ${code}: wait`);
        t.match(await inspected(host, `c${code}`), {
          exitCode: code,
          signal: null,
          state: code === 0 ? 'Completed' : `Error (${code})`,
        });
      }
      for (const [name, number] of [
        ['HUP', 1],
        ['INT', 2],
        ['ABRT', 6],
        ['KILL', 9],
        ['SEGV', 11],
        ['TERM', 15],
      ] as const) {
        // In a pid namespace of its own nobody inside can kill PID 1.
        await must([
          'run',
          '-d',
          '--name',
          `s${number}`,
          '--network=container:p',
          '--pid=host',
          '--',
          'sh',
          '-c',
          `ulimit -c 0; kill -${name} $$`,
        ]);
        t.equal(await must(['wait', `s${number}`]), `${128 + number}\n`, `SIG${name}: wait`);
        t.match(await inspected(host, `s${number}`), { exitCode: 128 + number, signal: number });
      }
      const bytes = 20_000_000;
      const flood = `yes 0123456789abcdef | head -c ${bytes}; exit 3`;
      await must(['run', '-d', '--name', 'flood', '--pod', 'p', '--', 'sh', '-c', flood]);
      t.equal(await must(['wait', 'flood']), '3\n');
      const expected = await host.sh(`yes 0123456789abcdef | head -c ${bytes} | sha256sum`);
      const logged = await machine.run(['bash', '-c', `${program.argv.join(' ')} logs flood | sha256sum`]);
      t.equal(logged.stdout, expected, '20 MB of output: 0 bytes lost');
      const followed = await machine.run([
        'bash',
        '-c',
        `${program.argv.join(' ')} run --rm --name f --pod p -- sh -c '${flood}' | sha256sum; echo \${PIPESTATUS[0]}`,
      ]);
      t.equal(followed.stdout, `${expected}3\n`, 'in the foreground, through a pipe, too');
      await must(['down', 'p']);
    }),
  );

  t.test('the CLI is killed right after the start, and later verbs come by: status and log stay', (t) =>
    onFreshHost(t, async (host) => {
      const { must, host: machine } = host;
      await must(['hold', 'p', '--network', 'none']);
      for (const [name, script] of [
        ['quick', 'echo done; exit 4'],
        ['slow', 'until [ -e /dev/shm/go ]; do sleep 0.05; done; echo done; exit 5'],
      ] as const) {
        // Said its name = committed: that very moment it is killed.
        const line = `${program.argv.join(' ')} run -d --name ${name} --pod p -- sh -c '${script}' > /run/said & cli=$!; until [ -s /run/said ]; do sleep 0.002; done; kill -9 $cli; rm /run/said`;
        await machine.run(['bash', '-c', line]);
        if (name === 'slow') await tell(host, 'slow', '/dev/shm/go');
        t.equal(await must(['wait', name]), name === 'quick' ? '4\n' : '5\n', `${name}: its status`);
        t.equal((await host.nslab(['gc'])).stdout, '', `${name}: gc finds nothing to remove`);
        t.match(await inspected(host, name), { exitCode: name === 'quick' ? 4 : 5 }, `${name}: still known`);
        t.equal(await must(['logs', name]), 'done\n', `${name}: its log`);
      }
      // Not a matter of luck: one that has ended before its creator could say `stay`, twenty times.
      const lost: string[] = [];
      for (let n = 0; n < 20; n++) {
        await must(['run', '-d', '--name', `brief${n}`, '--pod', 'p', '--', 'true']);
        await must(['wait', `brief${n}`]);
      }
      await must(['gc']);
      for (let n = 0; n < 20; n++)
        if ((await host.nslab(['inspect', `brief${n}`])).status !== 0) lost.push(`brief${n}`);
      t.same(lost, [], 'brief workloads keep their record');
      await must(['down', 'p']);
    }),
  );
}

function names(environment = ''): string[] {
  return words(environment)
    .map((variable) => variable.replace(/=.*/, ''))
    .sort();
}

async function statusOf(host: KernelHost, name: string): Promise<Map<string, string>> {
  const text = await host.sh(`cat /proc/${await pidOf(host, name)}/status`);
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line): [string, string] => {
        const [key = '', value = ''] = line.split(':');
        return [key, words(value).join(' ')];
      }),
  );
}
