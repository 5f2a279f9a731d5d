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
      }),
    );
  }

  t.test('a port on one address of the host answers there and nowhere else', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['network', 'create', 'lab']);
      const hold = (name: string, ...ports: string[]) =>
        nslab(['hold', name, '--network', 'lab', ...ports.flatMap((port) => ['-p', port])]);
      t.match(await hold('local', '127.0.0.1:8080:80', '127.0.0.1:5353:53/UDP'), { status: 0 });
      t.match(await hold('outer', '203.0.113.2:8080:80', '0.0.0.0:8082:80'), { status: 0 });
      for (const [name, answer] of [
        ['local', 'local'],
        ['outer', 'outer'],
      ] as const) {
        await must([
          'run',
          '-d',
          '--name',
          'echo',
          '--pod',
          name,
          '--',
          'node',
          '-e',
          ECHO.replaceAll('answer', answer),
        ]);
        t.ok(await listens(host, 80, await pidOf(host, `${name}/pause`)), `${name} is up`);
      }
      const outside = ['nsenter', '-t', String(host.host.outside), '-n'];
      t.equal(
        await request(host, [], 'tcp', '127.0.0.1', 8080),
        'tcp local\n',
        'from the host, by 127.0.0.1',
      );
      t.equal(await request(host, [], 'udp', '127.0.0.1', 5353), 'udp local\n', 'by udp');
      t.equal(
        await request(host, [], 'udp', '203.0.113.2', 5353, 300),
        '',
        'not by another address (control)',
      );
      for (const [side, enter] of [
        ['from outside', outside],
        ['from the host, by that address', []],
        ['from a neighbour', ['nsenter', '-t', String(await pidOf(host, 'local/pause')), '-n']],
        ['from the pod itself', ['nsenter', '-t', String(await pidOf(host, 'outer/pause')), '-n']],
      ] as const)
        t.equal(await request(host, [...enter], 'tcp', '203.0.113.2', 8080), 'tcp outer\n', side);
      t.equal(await request(host, outside, 'tcp', '203.0.113.2', 8082), 'tcp outer\n', '0.0.0.0 means all');
      // A machine of the same link may send a packet for 127.0.0.1 to this one: before routing it would be translated.
      await sh(`nsenter -t ${host.host.outside} -n sh -c '
        ip route add 127.9.9.9/32 via 203.0.113.2; sysctl -qw net.ipv4.conf.all.route_localnet=1'`);
      t.match(await hold('guarded', '127.9.9.9:8083:80', '8084:80'), { status: 0 });
      await must(['run', '-d', '--name', 'echo', '--pod', 'guarded', '--', 'node', '-e', ECHO]);
      t.ok(await listens(host, 80, await pidOf(host, 'guarded/pause')), 'it is up');
      t.equal(
        await request(host, [], 'tcp', '127.9.9.9', 8083),
        'tcp answer\n',
        'the host reaches it (control)',
      );
      t.equal(await request(host, outside, 'tcp', '127.9.9.9', 8083, 1000), '', 'another machine does not');
      await sh(`nsenter -t ${host.host.outside} -n sh -c '
        ip route del 127.9.9.9/32; sysctl -qw net.ipv4.conf.all.route_localnet=0'`);
      t.match(
        await must(['map']),
        'to 127.0.0.1, tcp port 8080, to this machine: dnat, destination becomes 10.244.0.2:80',
      );
      for (const [ports, status, message] of [
        [
          ['8080:80'],
          1,
          /port (127\.0\.0\.1|203\.0\.113\.2):8080\/tcp is published by pod "(local|outer)" already/,
        ],
        [['127.0.0.1:8080:80'], 1, /port 127\.0\.0\.1:8080\/tcp is published by pod "local"/],
        [['127.0.0.1:8082:80'], 1, /port 8082\/tcp is published by pod "outer"/],
        [['192.0.2.77:8085:80'], 1, /this host has no address 192\.0\.2\.77/],
        [['127.0.0.1:8085:80', '8085:81'], 2, /port 8085\/tcp is published twice/],
        [['127.0.0.256:8085:80'], 2, /"127\.0\.0\.256" is not an IPv4 address/],
        [['8000-8010:8000-8009'], 2, /is not a published port/],
      ] as const)
        t.match(await hold('refused', ...ports), { status, stderr: message }, ports.join(' '));
      t.match(await hold('third', '127.0.0.2:8080:80'), { status: 0 }, 'another address is free (control)');
      t.notOk((await listed(host)).has('refused/pause'));
      const [nft] = [await sh('nft list ruleset')];
      await must(['down', 'local', 'third']);
      t.match(nft, /127\.0\.0\.1 \. tcp \. 8080/);
      t.notMatch(await sh('nft list ruleset'), /127\.0\.0\.[12] \. (tcp|udp)/, 'gone with their pods');
      t.match(await sh('nft list ruleset'), /203\.0\.113\.2 \. tcp \. 8080/, 'the other stays (control)');
      t.match(await hold('again', '127.0.0.1:8080:80'), { status: 0 }, 'and free again');
      await must(['down', '--all']);
      await must(['network', 'rm', 'lab']);
    }),
  );

  t.test('a range of ports is published one to one', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await must(['hold', 'p', '-p', '8000-8010:9000-9010', '-p', '127.0.0.1:7000-7001:53-54/UDP']);
      const rules = await sh('nft list ruleset');
      for (const [key, to] of [
        ['tcp . 8000', 9000],
        ['tcp . 8010', 9010],
        ['127.0.0.1 . udp . 7001', 54],
      ] as const)
        t.match(rules, new RegExp(`${key} comment "[^"]*" : 10\\.\\d+\\.0\\.2 \\. ${to}\\b`), key);
      t.notMatch(rules, /tcp \. 8011/, 'and no more (control)');
      t.equal((await inspected<{ network: { ports: object[] } }>(host, 'p')).network.ports.length, 13);
      await must(['down', 'p']);
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
