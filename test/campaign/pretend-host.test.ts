import { readlinkSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inPretendHost, PretendHost } from './pretend-host.ts';

if (requires(t, 'root', 'ip')) {
  t.test('a pretend host has its own namespaces, an empty /run and only lo', async (t) => {
    await using host = await PretendHost.create();
    for (const kind of ['net', 'mnt', 'uts', 'ipc', 'pid']) {
      const { stdout } = await host.run(['readlink', `/proc/self/ns/${kind}`]);
      t.match(stdout.trim(), new RegExp(`^${kind}:\\[\\d+\\]$`));
      t.not(stdout.trim(), readlinkSync(`/proc/self/ns/${kind}`), kind);
    }
    t.notMatch((await host.run(['ls', '/run'])).stdout, /netns|nslab/);
    t.equal(
      (await host.run(['bash', '-c', 'ls /sys/class/net'])).stdout,
      'lo\n',
      'sysfs is of this host, too',
    );
  });

  t.test('status, output, input, environment and time are those of the command', async (t) => {
    await using host = await PretendHost.create({ tmp: true });
    const echoed = await host.run(['bash', '-c', 'cat; echo "$GREETING" >&2; pwd; exit 7'], {
      input: 'in',
      env: { GREETING: 'hello' },
      cwd: '/usr',
    });
    t.match(echoed, {
      status: 7,
      stdout: 'in/usr\n',
      stderr: 'hello\n',
      signal: null,
      timedOut: false,
      outputHeld: false,
    });
    t.match(await host.run(['bash', '-c', 'kill -TERM $$']), { status: 143, signal: 'SIGTERM' });
    t.match(await host.run(['no-such-program']), { status: 127 });
    t.equal((await host.run(['ls', '-A', '/tmp'])).stdout, '', 'its own /tmp');
  });

  t.test(
    'a command that hangs is killed with its children; one that leaves someone on its pipes is found',
    async (t) => {
      await using host = await PretendHost.create();
      const hung = await host.run(['bash', '-c', 'sleep 100 & wait'], { timeout: 2000 });
      t.match(hung, { timedOut: true, status: 137 });
      const { stdout: left } = await host.run(['bash', '-c', 'pgrep -a sleep || :']);
      t.equal(left, '', 'its child, which would have run on, is gone');
      t.match(await host.run(['bash', '-c', 'sleep 100 &']), { status: 0, outputHeld: true });
      t.match(await host.run(['bash', '-c', 'sleep 100 >/dev/null 2>&1 &']), {
        status: 0,
        outputHeld: false,
      });
    },
  );

  t.test('a signal reaches the whole process group, and the status is the command’s', async (t) => {
    await using host = await PretendHost.create();
    const running = host.spawn([
      'bash',
      '-c',
      'trap "exit 130" INT; echo ready; while :; do sleep 0.05; done',
    ]);
    await new Promise((resolve) => running.child.stdout?.once('data', resolve));
    t.equal(running.signal('SIGINT'), true);
    t.match(await running.result, { status: 130, signal: null, timedOut: false });
    t.equal(running.signal('SIGINT'), false, 'nobody is left to be signalled');
  });

  t.test('orphans are reaped', async (t) => {
    await using host = await PretendHost.create();
    await host.run(['bash', '-c', 'for i in 1 2 3; do sleep 0.05 >/dev/null 2>&1 & done']);
    const processes = async () => (await host.snapshot()).filter((line) => line.startsWith('process: '));
    t.ok(await eventually(async () => (await processes()).length === 1), 'pid 1 only');
  });

  t.test('destroy ends everything: daemons, own pid namespaces, those who ignore signals', async (t) => {
    const host = await PretendHost.create({ uplink: true });
    const stubborn = 'trap "" TERM INT HUP; exec setsid unshare --pid --net --fork sleep 1000';
    await host.run(['bash', '-c', `(${stubborn}) >/dev/null 2>&1 &`]);
    const still = host.spawn(['sleep', '1000']);
    await host.destroy();
    // Ended by the signal, or because its namespaces were gone before it entered them.
    t.not((await still.result).status, 0, 'a sleep does not end by itself');
    await host.destroy();
    t.pass('and twice is fine');
  });

  t.test('the uplink: both sides answer, and there is a default route', async (t) => {
    await using host = await PretendHost.create({ uplink: true });
    t.match((await host.run(['ip', 'route', 'get', '192.0.2.1'])).stdout, 'via 203.0.113.1 dev uplink');
    const server = [
      'node',
      '-e',
      "require('net').createServer((c) => c.end('hi')).listen(8080, () => console.log('up'))",
    ];
    const client = ['bash', '-c', 'exec 3<>/dev/tcp/203.0.113.2/8080; cat <&3'];
    const serving = host.spawn(server);
    await new Promise((resolve) => serving.child.stdout?.once('data', resolve));
    t.equal((await host.runOutside(client)).stdout, 'hi');
  });

  t.test('inPretendHost is the same for one command', async (t) => {
    t.match(await inPretendHost(['bash', '-c', 'touch /run/here; ls /run']), { status: 0, stdout: /here/ });
  });
}
