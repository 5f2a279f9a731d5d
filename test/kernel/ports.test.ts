import t from 'tap';
import { requires } from '../requires.ts';
import { inspected, listed, listens, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const type of ['bridge', 'ptp'] as const) {
    t.test(`${type}: a published port answers on all five sides, by tcp and udp`, (t) =>
      onFreshHost(t, async (host) => {
        const { must } = host;
        await must(['network', 'create', 'lab', '--type', type]);
        await must(['hold', 'server', '--network', 'lab', '-p', '8080:80', '-p', '5353:53/udp']);
        await must(['hold', 'neighbour', '--network', 'lab']);
        await must(['run', '-d', '--name', 'echo', '--pod', 'server', '--', 'node', '-e', ECHO]);
        const inside = await pidOf(host, 'server/pause');
        t.ok(
          (await listens(host, 80, inside)) && (await listens(host, 53, inside, true)),
          'the server is up',
        );
        for (const [side, enter, address] of await sides(host)) {
          t.equal(await request(host, enter, 'tcp', address, 8080), 'tcp answer\n', `tcp ${side}`);
          t.equal(await request(host, enter, 'udp', address, 5353), 'udp answer\n', `udp ${side}`);
          t.equal(
            await request(host, enter, 'tcp', address, 8081),
            '',
            `tcp ${side}: not another port (control)`,
          );
          t.equal(
            await request(host, enter, 'udp', address, 8080, 300),
            '',
            `udp ${side}: not the tcp one (control)`,
          );
        }
        const { network } = await inspected<{ network: { ports: object[] } }>(host, 'server');
        t.match(network.ports, [
          { hostPort: 8080, podPort: 80, protocol: 'tcp' },
          { hostPort: 5353, podPort: 53, protocol: 'udp' },
        ]);
        const [, enter, address] = (await sides(host))[0] ?? ['', [], ''];
        await must(['down', 'server']);
        t.equal(await request(host, enter, 'tcp', address, 8080), '', 'gone with its pod');
        await must(['down', '--all']);
        await must(['network', 'rm', 'lab']);
        await host.sh('ip neigh flush dev uplink');
      }),
    );
  }

  t.test('a port that is taken is refused: by another pod, by a program of the host', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['hold', 'first', '-p', '8080:80', '-p', '8080:80/udp']);
      const hold = (name: string, ...ports: string[]) =>
        nslab(['hold', name, ...ports.flatMap((port) => ['-p', port])]);
      t.match(
        await hold('second', '8080:81'),
        { status: 1, stderr: /port 8080\/tcp.*pod "first"/ },
        'another pod',
      );
      await must(['network', 'create', 'lab']);
      t.match(
        await nslab(['hold', 'second', '--network', 'lab', '-p', '8080:81']),
        { status: 1, stderr: /8080\/tcp/ },
        'in another network, too',
      );
      t.match(await hold('second', '8081:80'), { status: 0 }, 'another port is free (control)');
      const listener = host.host.spawn([
        'node',
        '-e',
        "require('net').createServer().listen(9090, () => console.log('up'))",
      ]);
      await new Promise((resolve) => listener.child.stdout?.once('data', resolve));
      t.match(
        await hold('third', '9090:80'),
        { status: 1, stderr: /port 9090\/tcp of this host is in use\nhint: .*ss -lnp/ },
        'a program of the host',
      );
      t.match(await hold('third', '9090:80/udp'), { status: 0 }, 'its udp twin is free (control)');
      listener.signal('SIGKILL');
      await listener.result;
      t.match(await hold('fourth', '9090:80'), { status: 0 }, 'when the program has gone, it is free');
      for (const [wrong, status] of [
        ['80', 2],
        ['0:80', 2],
        ['70000:80', 2],
        ['8080:80/sctp', 2],
        ['1:2:3', 2],
      ] as const)
        t.match(await hold('wrong', wrong), { status, stderr: /is not a published port\nhint: / }, wrong);
      t.match(await hold('twice', '8090:80', '8090:81'), {
        status: 2,
        stderr: /port 8090\/tcp is published twice/,
      });
      t.match(await nslab(['hold', 'alone', '--network', 'none', '-p', '1:1']), {
        status: 2,
        stderr: /has no interface/,
      });
      for (const name of ['third', 'wrong', 'twice', 'alone'])
        t.equal(
          (await listed(host)).has(`${name}/pause`),
          name === 'third',
          `${name}: nothing is left of a refusal`,
        );
      await must(['down', 'first']);
      t.match(await hold('fifth', '8080:80'), { status: 0 }, 'and free again after down');
      await must(['down', '--all']);
      await must(['network', 'rm', 'lab']);
    }),
  );
}

const ECHO = `
  require('net').createServer((c) => c.end('tcp answer\\n')).listen(80, '0.0.0.0');
  const udp = require('dgram').createSocket('udp4');
  udp.on('message', (_, from) => udp.send('udp answer\\n', from.port, from.address)).bind(53);`;

/** Whence, how to get there, and the address under which the host is known there. */
async function sides(host: KernelHost): Promise<[string, string[], string][]> {
  const enter = (pid: number | undefined) => ['nsenter', '-t', String(pid), '-n'];
  return [
    ['from outside', enter(host.host.outside), '203.0.113.2'],
    ['from a neighbour', enter(await pidOf(host, 'neighbour/pause')), '203.0.113.2'],
    ['from the host, by its address', [], '203.0.113.2'],
    ['from the host, by 127.0.0.1', [], '127.0.0.1'],
    ['from the pod itself', enter(await pidOf(host, 'server/pause')), '203.0.113.2'],
  ];
}

async function request(
  { host }: KernelHost,
  enter: string[],
  protocol: 'tcp' | 'udp',
  address: string,
  port: number,
  patience = 60_000,
): Promise<string> {
  const script =
    protocol === 'tcp'
      ? `exec 3<>/dev/tcp/${address}/${port} && timeout ${patience / 1000} cat <&3`
      : `exec 3<>/dev/udp/${address}/${port} && echo ask >&3 && timeout ${patience / 1000} head -n1 <&3`;
  return (await host.run([...enter, 'bash', '-c', script], { timeout: 2 * patience + 10_000 })).stdout;
}
