import t from 'tap';
import { requires } from '../requires.ts';
import { inspected, listens, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** On the host's 127.0.0.1 these answer; who is asked by UDP is told to the log. */
const SERVERS = `
  require('net').createServer((c) => c.end('secret\\n')).listen(9001, '127.0.0.1');
  const udp = require('dgram').createSocket('udp4');
  udp.on('message', (text, from) => console.log(from.address + ' says ' + text));
  udp.bind(9002, '0.0.0.0', () => console.log('up'));
  const own = require('dgram').createSocket('udp4');
  own.on('message', (text, from) => own.send('secret\\n', from.port, from.address));
  own.bind(9003, '127.0.0.1');`;

const ANSWER = "require('net').createServer((c) => c.end('answer\\n')).listen(80, '0.0.0.0')";

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const type of ['bridge', 'ptp'])
    t.test(`${type}: a pod does not reach what listens on 127.0.0.1 of the host`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, sh } = host;
        const servers = host.host.spawn(['node', '-e', SERVERS]);
        const heard: string[] = [];
        servers.child.stdout?.on('data', (data) => heard.push(String(data)));
        await new Promise((resolve) => servers.child.stdout?.once('data', resolve));
        await must(['network', 'create', 'lab', '--type', type]);
        await must(['hold', 'quiet', '--network', 'lab']);
        t.equal(await routeLocalnet(host, 'quiet'), '0', 'nothing is published: the kernel itself refuses');
        await must(['hold', 'p', '--network', 'lab', '-p', '8080:80']);
        t.equal(await routeLocalnet(host, 'p'), '1', 'a published port answers on 127.0.0.1');
        await must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'node', '-e', ANSWER]);
        t.ok(await listens(host, 80, await pidOf(host, 'p/pause')), 'the server is up');
        for (const address of ['127.0.0.1', '203.0.113.2'])
          t.equal(await ask(host, [], address, 8080), 'answer\n', `the host, by ${address}`);

        // What root in the pod can do with NET_ADMIN, a program with NET_RAW writes by itself: packets to the gateway's MAC.
        const inside = ['nsenter', '-t', String(await pidOf(host, 'p/pause')), '-n'];
        await sh(`${inside.join(' ')} bash -c '
          echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet
          ip addr del 127.0.0.1/8 dev lo
          ip route add 127.0.0.0/8 via $(ip route show default | cut -d" " -f3) dev eth0'`);
        const attacks = async () => ({
          tcp: await ask(host, inside, '127.0.0.1', 9001),
          udp: await askUdp(host, inside, '127.0.0.1'),
          icmp: (await host.host.run([...inside, 'busybox', 'ping', '-c1', '-W1', '127.0.0.1'])).status === 0,
          published: await ask(host, inside, '127.0.0.1', 8080),
        });
        const none = { tcp: '', udp: '', icmp: false, published: '' };
        t.same(await attacks(), none, 'TCP, UDP, ICMP');
        // The pod says that it is the host.
        const spoofed = async (word: string) => {
          heard.length = 0;
          await sh(
            `${inside.join(' ')} nft 'table ip spoof { chain c { type nat hook postrouting priority 100; oifname eth0 snat to 127.0.0.9; }; }'`,
          );
          await host.host.run([...inside, 'bash', '-c', `echo ${word} >/dev/udp/203.0.113.2/9002`]);
          await sh(`${inside.join(' ')} nft delete table ip spoof; sleep 0.3`);
          return heard.join('').includes(`127.0.0.9 says ${word}`);
        };
        t.equal(await spoofed('one'), false, 'from an address of 127.0.0.0/8');
        t.equal(await ask(host, [], '127.0.0.1', 9001), 'secret\n', 'the host itself reaches it (control)');

        const { network } = await inspected<{ network: { table: string } }>(host, 'p');
        await sh(`nft flush chain ip ${network.table} raw`);
        t.match(
          await attacks(),
          { tcp: 'secret\n', udp: 'secret\n', icmp: true },
          'without the two rules (control)',
        );
        t.equal(await spoofed('two'), true, 'the same (control)');
        await must(['down', '--all']);
        await must(['network', 'rm', 'lab']);
        servers.signal('SIGKILL');
        await servers.result;
      }),
    );
}

/** Of the link by which the pod's packets come in. */
async function routeLocalnet(host: KernelHost, pod: string): Promise<string> {
  const { network } = await inspected<{ network: { bridge?: string; hostInterface: string } }>(host, pod);
  const device = network.bridge ?? network.hostInterface;
  return (await host.sh(`cat /proc/sys/net/ipv4/conf/${device}/route_localnet`)).trim();
}

async function ask({ host }: KernelHost, enter: readonly string[], address: string, port: number) {
  const script = `exec 3<>/dev/tcp/${address}/${port} && cat <&3`;
  return (await host.run([...enter, 'timeout', '2', 'bash', '-c', script])).stdout;
}

async function askUdp({ host }: KernelHost, enter: readonly string[], address: string) {
  const script = `exec 3<>/dev/udp/${address}/9003 && echo hello >&3 && dd bs=100 count=1 status=none <&3`;
  return (await host.run([...enter, 'timeout', '2', 'bash', '-c', script])).stdout;
}
