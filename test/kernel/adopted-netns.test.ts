import t from 'tap';
import { requires } from '../requires.ts';
import { inodesOf, inspected, listed, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';
import { scripted } from './script/scripted.ts';

interface Facts {
  readonly namespaces: { readonly net: number };
  readonly network: {
    readonly name: string;
    readonly netns?: string;
    readonly adopted?: { readonly path: string; readonly inode: number };
    readonly hostInterface?: string;
  };
}

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const driver of ['netlink', 'ip'] as const)
    t.test(`${driver}: a pod adopts a namespace of \`ip netns\`, and leaves it as it was`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, nslab, sh } = host;
        await foreignNetns(host);
        const before = await content(host);
        const inode = Number(await sh('stat -c %i /run/netns/blue'));
        await must(['hold', 'a', '--driver', driver, '--netns', 'blue']);
        t.equal(inodesOf(host.host, await pidOf(host, 'a/pause')).net, inode, 'the holder is in it');
        const { network, namespaces } = await inspected<Facts>(host, 'a');
        t.match(network, { name: '/run/netns/blue', adopted: { path: '/run/netns/blue', inode } });
        t.notOk(network.netns, 'it gets no second name');
        t.equal(namespaces.net, inode);
        t.equal(await content(host), before, 'nothing in it is touched');
        await must(['run', '-d', '--name', 'w', '--pod', 'a', '--', 'sleep', '10000']);
        t.equal(inodesOf(host.host, await pidOf(host, 'a/w')).net, inode, 'a workload is in it');
        await must(['down', 'a']);
        t.equal(await sh('ls /run/netns'), 'blue\n', 'the name stays');
        t.equal(await content(host), before);

        await must(['network', 'create', 'one', '--subnet', '10.1.0.0/16']);
        await must(['network', 'create', 'two', '--subnet', '10.2.0.0/16', '--type', 'ptp']);
        const networks = ['--network', 'one', '--network', 'two'];
        await must([
          'hold',
          'a',
          '--driver',
          driver,
          '--netns',
          '/run/netns/blue',
          ...networks,
          '-p',
          '8080:80',
        ]);
        const links = await sh('ip -n blue -4 -br address');
        t.match(links, /^eth1@\S+ +UP +10\.1\.0\.2\/16/m, 'an interface whose name is free');
        t.match(links, /^eth2@\S+ +UP +10\.2\.0\.2\/32/m);
        t.equal(
          await sh('ip -n blue route show default'),
          'default via 192.0.2.9 dev eth0 \n',
          'its own default route is the only one',
        );
        t.match(await sh('ip -n blue route'), /^10\.2\.0\.0\/16 via 10\.2\.0\.1 dev eth2/m);
        await must(['hold', 'neighbour', '--network', 'one']);
        const there = `nsenter -t ${await pidOf(host, 'neighbour/pause')} -n`;
        t.equal((await host.host.run(['bash', '-c', `${there} busybox ping -c1 -W5 10.1.0.2`])).status, 0);
        t.match(await sh('nft list ruleset'), / : 10\.1\.0\.2 \. 80/);
        t.match(await nslab(['network', 'rm', 'one']), { status: 1, stderr: /is in use by/ });
        await must(['down', '--all']);
        t.equal(await content(host), before, 'the interfaces are gone again');
        await must(['network', 'rm', 'one', 'two']);
        await sh(GONE);
      }),
    );

  t.test('without a default route of its own it gets ours, also by /proc/PID/ns/net', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const other = host.host.spawn(['unshare', '--net', 'sh', '-c', 'echo up; exec sleep 10000']);
      await new Promise((resolve) => other.child.stdout?.once('data', resolve));
      const pid = Number(await sh("pgrep -x -f 'sleep 10000'"));
      await must([
        'hold',
        'a',
        '--netns',
        `/proc/${pid}/ns/net`,
        '--network',
        'default',
        '--ip',
        '10.244.0.7',
      ]);
      const inside = `nsenter -t ${pid} -n`;
      t.match(await sh(`${inside} ip -4 -br address`), /^eth0@\S+ +UP +10\.244\.0\.7\/16/m);
      t.equal(await sh(`${inside} ip route show default`), 'default via 10.244.0.1 dev eth0 \n');
      t.match(await sh(`${inside} ip -br link show lo`), /^lo +DOWN/, 'lo stays as it was');
      await must(['down', 'a']);
      t.notMatch(await sh(`${inside} ip -br link`), /eth0/);
      t.ok((await host.host.run(['kill', '-0', String(pid)])).status === 0, 'its process is left alone');
      other.signal('SIGKILL');
      await host.host.run(['kill', '-9', String(pid)]);
      await other.result;
    }),
  );

  t.test('after a kill, gc takes back the interface and leaves the namespace', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await foreignNetns(host);
      const before = await content(host);
      await must(['network', 'create', 'one', '--subnet', '10.1.0.0/16']);
      for (const [what, spoil] of [
        ['its holder', `kill -9 $(cat /tmp/holder)`],
        ['its record', 'rm -r /run/nslab/pods/a'],
        ['half of its record', 'echo x >/run/nslab/pods/a/intent.json'],
      ] as const) {
        await must(['hold', 'a', '--netns', 'blue', '--network', 'one']);
        t.not(await content(host), before, `${what}: there is an interface (control)`);
        await sh(`echo ${await pidOf(host, 'a/pause')} >/tmp/holder; ${spoil}`);
        await must(['gc']);
        t.notOk((await listed(host)).has('a/pause'), `${what}: the pod is gone`);
        t.equal(await content(host), before, `${what}: the namespace is as before`);
        t.equal(await sh('ls /run/netns'), 'blue\n');
      }
      await must(['network', 'rm', 'one']);
      await sh(`${GONE}; rm /tmp/holder`);
    }),
  );

  t.test('what is no network namespace, or this host’s own, is refused', (t) =>
    onFreshHost(t, async (host) => {
      const { nslab, sh } = host;
      await foreignNetns(host);
      await sh('touch /run/netns/file; mkfifo /run/fifo');
      for (const [words, status, message] of [
        [
          ['file'],
          2,
          /\/run\/netns\/file is not a network namespace: it is no namespace\nhint: a name of `ip netns list`/,
        ],
        [['/run/fifo'], 2, /\/run\/fifo is not a network namespace: it is no file/],
        [['/dev/null'], 2, /it is no file/],
        [['/run/netns'], 2, /it is no file/],
        [['/proc/1/ns/uts'], 2, /it is a namespace of the kind uts/],
        [['/proc/self/ns/net'], 2, /this host's own network namespace\nhint: .*--network host/],
        [['nowhere'], 1, /\/run\/netns\/nowhere cannot be opened: ENOENT/],
        [[''], 2, /is not the name of a network namespace/],
        [['..'], 2, /is not the name of a network namespace/],
        [['blue', '--network', 'host'], 2, /no network namespace to adopt/],
        [['blue', '--share', 'ipc'], 2, /no network namespace to adopt/],
        [['blue', '-p', '80:80'], 2, /has no interface/],
        [['blue', '--ip', '10.244.0.2'], 2, /has no interface/],
        [['blue', '--netns', 'blue'], 2, /--netns is given twice/],
      ] as const)
        t.match(
          await nslab(['hold', 'a', '--netns', ...words]),
          { status, stderr: message },
          words.join(' '),
        );
      t.equal((await listed(host)).size, 0);
      t.match(await nslab(['hold', 'a', '--netns', 'blue']), { status: 0 }, 'and one that is (control)');
      await nslab(['down', 'a']);
      await sh(`rm /run/netns/file /run/fifo; ${GONE}`);
    }),
  );

  t.test('a dry run shows it, and the script of such a pod joins it as well', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await foreignNetns(host);
      const before = await content(host);
      const words = ['hold', 'a', '--netns', 'blue', '--network', 'default', '--share', 'net,uts'];
      const planned = await must([...words, '--dry-run']);
      t.match(planned, /^setns\(\d+, CLONE_NEWNET\)/m);
      t.match(planned, / peer name eth1 /, 'with the name that is free in there');
      t.equal(await content(host), before, 'a dry run changes nothing');
      await must(words);
      const wired = await content(host, true);
      const text = await must(['transcript', 'a', '-o', 'script']);
      await must(['down', 'a']);
      const script = scripted(t, host, text);
      await script.must('up');
      t.equal(await content(host, true), wired);
      const [pid] = (await sh('cat /run/pod-a/pids/holder')).split(' ');
      t.equal(inodesOf(host.host, Number(pid)).net, Number(await sh('stat -c %i /run/netns/blue')));
      await script.must('down');
      t.equal(await content(host), before);
      await sh(`${GONE}`);
    }),
  );
}

/** Undoes `foreignNetns`: `ip netns add` has made a mount of the directory. */
const GONE = 'ip netns del blue; umount /run/netns; rmdir /run/netns';

/** A namespace of another program: a bridge with an address, and a default route. */
async function foreignNetns({ sh }: KernelHost): Promise<void> {
  await sh(`ip netns add blue; ip -n blue link add eth0 type bridge; ip -n blue address add 192.0.2.1/24 dev eth0
    ip -n blue link set eth0 up; ip -n blue route add default via 192.0.2.9`);
}

/** Interfaces, addresses and routes of it, as \`ip\` shows them; `brief`: without what is new each time. */
async function content({ sh }: KernelHost, brief = false): Promise<string> {
  if (brief)
    return sh(
      "ip -n blue -4 -br address | sed 's/@\\S*//; s/ \\(UP\\|DOWN\\|UNKNOWN\\) / /'; ip -n blue -4 route",
    );
  return sh('ip -n blue link; ip -n blue -4 address; ip -n blue -4 route show table all');
}
