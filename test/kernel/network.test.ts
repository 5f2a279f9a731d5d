import t from 'tap';
import { leftBehind } from '../campaign/left-behind.ts';
import { requires } from '../requires.ts';
import { inspected, listed, pidOf, words } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const type of ['bridge', 'ptp']) {
    t.test(`${type}: to the outside as this host, to the neighbour as itself`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, nslab } = host;
        await must(['network', 'create', 'lab', '--type', type, '--subnet', '10.99.0.0/24']);
        for (const pod of ['a', 'b']) await must(['hold', pod, '--network', 'lab']);
        const outside = await server(host, 7000, 'outside');
        const neighbour = await server(host, 7000, 'b');
        const [a, b] = [await addressOf(host, 'a'), await addressOf(host, 'b')];
        t.equal(
          await ask(host, 'a', '203.0.113.1', 7000),
          'you are 203.0.113.2\n',
          'outside sees the host’s address',
        );
        t.equal(await ask(host, 'a', b, 7000), `you are ${a}\n`, 'a neighbour sees the pod’s own');
        t.equal(await ask(host, 'host', b, 7000), 'you are 10.99.0.1\n', 'the host is the gateway');
        t.match(
          await nslab(['exec', 'a', 'busybox', 'ping', '-c1', '-W2', '203.0.113.1']),
          { status: 0 },
          'ping the outside',
        );
        // Without the masquerade nobody out there knows the way back.
        t.not(
          (await host.host.runOutside(['busybox', 'ping', '-c1', '-W1', a])).status,
          0,
          'outside cannot reach a pod (control)',
        );
        t.equal(
          (await host.host.run(['test', '-e', '/sys/class/net/nslab0'])).status === 0,
          false,
          'no default network is made',
        );
        await Promise.all([outside, neighbour].map((stop) => stop()));
        await must(['down', '--all']);
        await must(['network', 'rm', 'lab']);
      }),
    );
  }

  t.test('addresses: wanted, taken, wrong, exhausted; two networks; a network in use', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['network', 'create', 'tiny', '--subnet', '10.88.0.0/29', '--mtu', '1400']);
      await must(['hold', 'wanted', '--network', 'tiny', '--ip', '10.88.0.5']);
      t.equal(await addressOf(host, 'wanted'), '10.88.0.5', '--ip');
      t.equal(await kernelAddress(host, 'wanted'), '10.88.0.5/29', 'the kernel says so');
      const hold = (name: string, ...options: string[]) =>
        nslab(['hold', name, '--network', 'tiny', ...options]);
      t.match(await hold('x', '--ip', '10.88.0.5'), {
        status: 1,
        stderr: /10\.88\.0\.5 is taken by pod "wanted"/,
      });
      for (const ip of ['10.88.0.0', '10.88.0.1', '10.88.0.7', '10.89.0.2'])
        t.match(
          await hold('x', '--ip', ip),
          { status: 2, stderr: /cannot be a pod's in network "tiny"/ },
          ip,
        );
      t.match(await hold('x', '--ip', '010.88.0.2'), { status: 2, stderr: /not an IPv4 address/ });
      t.match(await hold('x', '--ip', '10.88.0.2', '--share', 'ipc'), { status: 2 }, 'without net');
      for (const name of ['p1', 'p2', 'p3', 'p4']) await must(['hold', name, '--network', 'tiny']);
      const all = new Set([...(await listed(host)).values()].map(({ address }) => address));
      t.equal(all.size, 5, 'five distinct addresses');
      t.match(
        await hold('p6'),
        { status: 1, stderr: /network "tiny" \(10\.88\.0\.0\/29\) has no free address left of 5\nhint: / },
        'exhausted',
      );
      t.notOk((await listed(host)).has('p6/pause'), 'and nothing of the sixth is left');
      await must(['down', 'p4']);
      t.match(await hold('p6'), { status: 0 }, 'room again (control)');

      const [link] = JSON.parse(await host.sh('ip -n wanted -j link show eth0')) as [{ mtu: number }];
      t.equal(link.mtu, 1400, 'MTU in the pod');
      const mtuOf = async (words: string) =>
        (JSON.parse(await host.sh(`ip -j ${words}`)) as [{ mtu: number }])[0].mtu;
      const { network } = await inspected<{ network: Record<string, string> }>(host, 'wanted');
      for (const end of ['hostInterface', 'bridge'])
        t.equal(await mtuOf(`link show ${network[end]}`), 1400, `MTU of its ${end}`);

      await must(['network', 'create', 'other', '--subnet', '10.77.0.0/24']);
      await must(['hold', 'far', '--network', 'other']);
      await must(['hold', 'plain']);
      t.equal(await mtuOf('-n plain link show eth0'), 1500, 'MTU of another network’s pod (control)');
      t.match(
        await nslab(['exec', 'far', 'busybox', 'ping', '-c1', '-W2', '10.88.0.5']),
        { status: 0 },
        'pods of two networks reach each other',
      );
      const networks = words(await must(['network', 'ls', '-q']));
      t.same(networks.sort(), ['default', 'other', 'tiny']);
      t.match(await nslab(['network', 'rm', 'tiny']), {
        status: 1,
        stderr: /network "tiny" is in use by .*wanted/,
      });
      t.match(await nslab(['network', 'create', 'clash', '--subnet', '10.77.0.0/16']), {
        status: 2,
        stderr: /overlaps/,
      });
      t.match(await nslab(['network', 'create', 'clash', '--subnet', '203.0.113.0/24']), {
        status: 2,
        stderr: /overlaps the route 203\.0\.113\.0\/24/,
      });
      t.match(await nslab(['network', 'create', 'tiny']), { status: 1, stderr: /exists already/ });
      t.match(await nslab(['hold', 'lost', '--network', 'nowhere']), {
        status: 1,
        stderr: /no network "nowhere"/,
      });
      await must(['down', '--all']);
      t.same(
        words(await must(['network', 'ls', '-q'])).sort(),
        ['other', 'tiny'],
        'the default one goes with its last pod',
      );
      await must(['network', 'rm', 'tiny', 'other']);
    }),
  );

  t.test('--network none and host; forwarding as it was', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const inode = async (name: string) =>
        (await sh(`stat -Lc %i /proc/${await pidOf(host, name)}/ns/net`)).trim();
      const machine = (await sh('stat -Lc %i /proc/1/ns/net')).trim();
      await must(['hold', 'none', '--network', 'none']).catch(() =>
        must(['hold', 'lonely', '--network', 'none']),
      );
      t.not(await inode('lonely/pause'), machine, 'none: its own');
      t.match(JSON.parse(await must(['exec', 'lonely', 'ip', '-j', 'link'])), [{ ifname: 'lo' }], 'none: lo');
      t.equal(
        (JSON.parse(await must(['exec', 'lonely', 'ip', '-j', 'link'])) as []).length,
        1,
        'none: and nothing else',
      );
      t.match(
        await host.nslab(['exec', 'lonely', 'busybox', 'ping', '-c1', '-W1', '127.0.0.1']),
        { status: 0 },
        'none: lo is up',
      );
      await must(['hold', 'guest', '--network', 'host']);
      t.equal(await inode('guest/pause'), machine, 'host: the host’s');
      await must(['run', '-d', '--name', 'w', '--pod', 'guest', '--', 'sleep', '1000']);
      t.equal(await inode('guest/w'), machine, 'host: a workload too');

      const flags =
        'cd /proc/sys/net/ipv4; head -v -n1 ip_forward conf/{all,default,uplink}/{forwarding,accept_redirects,route_localnet,rp_filter}';
      await sh('echo 0 > /proc/sys/net/ipv4/conf/uplink/accept_redirects');
      const before = await sh(flags);
      await must(['hold', 'wired']);
      t.not(await sh(flags), before, 'forwarding is switched on (control)');
      t.equal(await sh('cat /proc/sys/net/ipv4/ip_forward'), '0\n', 'not by ip_forward');
      await must(['down', '--all']);
      t.equal(await sh(flags), before, 'all as it was, the administrator’s choice too');
      await sh('echo 1 > /proc/sys/net/ipv4/conf/uplink/accept_redirects');

      await sh('echo 1 > /proc/sys/net/ipv4/conf/uplink/forwarding');
      await must(['hold', 'wired']);
      await must(['down', 'wired']);
      t.equal(await sh('cat /proc/sys/net/ipv4/conf/uplink/forwarding'), '1\n', 'what was on stays on');
      await sh('echo 0 > /proc/sys/net/ipv4/conf/uplink/forwarding');
    }),
  );

  t.test('bystanders that look like ours are not touched', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'web', '-p', '8080:80']);
      const { network } = await inspected<{ network: { hostInterface: string; bridge: string } }>(
        host,
        'web',
      );
      const table = words(await sh('nft list tables')).find((word) => word.startsWith('nslab_')) ?? '';
      await must(['down', 'web']);
      // Every name that ours had is another program's now.
      await sh(`
        ip netns add web
        ip link add ${network.hostInterface} type veth peer name theirs
        ip link add ${network.bridge} type bridge
        nft -f - <<END
          table ip ${table} { chain mine { counter comment "nslab:pod/web" } }
          table ip nslab_x { chain mine { } }
END
        mkdir -p /run/theirs; touch /run/theirs/nslab.log
        setsid bash -c 'exec -a pause sleep 1000' >/dev/null 2>&1 </dev/null &`);
      const before = await host.host.snapshot();
      t.match(await nslab(['hold', 'web']), { status: 0, stdout: 'web\n' }, 'other names are found');
      t.match(await nslab(['down', 'web']), { status: 0, stdout: 'web\n' });
      t.same(await leftBehind(host.host, before), [], 'and are all that goes');
      t.match(await nslab(['hold', 'fine', '-p', '8080:80']), { status: /[01]/ });
      await nslab(['down', 'fine']);
      await must(['gc']);
      await must(['down', '--all']);
      t.same(await leftBehind(host.host, before), [], 'after a pod beside them, gc and down: as before');
      await sh(`ip netns del web; umount /run/netns; rmdir /run/netns; ip link del ${network.hostInterface}; ip link del ${network.bridge}
        nft delete table ip ${table}; nft delete table ip nslab_x; rm -r /run/theirs; kill $(pgrep -f '^pause 1000')`);
    }),
  );
}

/** A server that tells whoever asks his address: outside, or in a pod. Returns how to stop it. */
async function server(host: KernelHost, port: number, where: string): Promise<() => Promise<unknown>> {
  const told = `require('net').createServer((c) => c.end('you are ' + c.remoteAddress + '\\n')).listen(${port}, '0.0.0.0', () => console.log('up'))`;
  const pid = where === 'outside' ? host.host.outside : await pidOf(host, `${where}/pause`);
  const running = host.host.spawn(['nsenter', '-t', String(pid), '-n', 'node', '-e', told]);
  await new Promise((resolve) => running.child.stdout?.once('data', resolve));
  return () => {
    running.signal('SIGKILL');
    return running.result;
  };
}

async function ask(host: KernelHost, from: string, address: string, port: number): Promise<string> {
  const enter = from === 'host' ? [] : ['nsenter', '-t', String(await pidOf(host, `${from}/pause`)), '-n'];
  return (await host.host.run([...enter, 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}; cat <&3`]))
    .stdout;
}

async function addressOf(host: KernelHost, pod: string): Promise<string> {
  return (await listed(host)).get(`${pod}/pause`)?.address ?? 'no address';
}

async function kernelAddress(host: KernelHost, pod: string): Promise<string> {
  return (await host.sh(`ip -n ${pod} -o -4 addr show eth0 | awk '{ print $4 }'`)).trim();
}
