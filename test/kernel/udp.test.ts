import t from 'tap';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { listens, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** Goes on sending from one port, and says who answers. */
const CLIENT = `
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (text) => console.log(String(text)));
  socket.bind(40000, () => setInterval(() => socket.send('hello', 5353, '203.0.113.2'), 50));`;

const server = (name: string) => `
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (_, from) => socket.send('${name}', from.port, from.address));
  socket.bind(53, '0.0.0.0');`;

if (requires(t, 'root', 'ip', 'nft')) {
  for (const driver of ['netlink', 'ip'])
    t.test(`${driver}: a client that goes on sending reaches a pod published later, and its successor`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, sh } = host;
        // One that hears no answer is forgotten after half a minute, which on a slow machine is not enough.
        const timeout = '/proc/sys/net/netfilter/nf_conntrack_udp_timeout';
        const usual = await sh(`cat ${timeout}; echo 3600 >${timeout}`);
        await must(['hold', 'other']);
        const outside = ['nsenter', '-t', String(host.host.outside), '-n', 'node', '-e', CLIENT];
        const client = host.host.spawn(outside);
        let heard = '';
        client.child.stdout?.on('data', (data) => {
          heard += String(data);
        });
        const toHost = /udp .*sport=40000 dport=5353/;
        await until(async () => toHost.test(await connections(host)));
        // What the host itself sends to such a port elsewhere is another connection.
        await sh(`bash -c 'echo hello >/dev/udp/203.0.113.1/5353'`);
        const elsewhere = (await connections(host)).match(/^.*dst=203\.0\.113\.1 .*dport=5353.*$/m)?.[0];
        t.ok(elsewhere, 'two connections are tracked');

        for (const name of ['first', 'second']) {
          await must(['hold', name, '-p', '5353:53/udp', '--driver', driver]);
          await must(['run', '-d', '--name', 'w', '--pod', name, '--', 'node', '-e', server(name)]);
          t.ok(await listens(host, 53, await pidOf(host, `${name}/pause`), true));
          heard = '';
          await until(async () => heard.includes(name));
          t.match(heard, name, `${name} answers`);
          const told = await must(['transcript', name]);
          t.match(
            told,
            'conntrack -D -p udp --orig-dst 203.0.113.2 --orig-port-dst 5353',
            'and the transcript says how',
          );
          // The next one has another address.
          if (name === 'first') await must(['hold', 'between']);
          await must(['down', name, '--driver', driver]);
        }
        t.match(await connections(host), / dst=203\.0\.113\.1 .*dport=5353/, 'the other connection is kept');
        client.signal('SIGKILL');
        await client.result;
        await must(['down', '--all']);
        await sh(`echo ${usual.trim()} >${timeout}`);
      }),
    );

  t.test('without UDP ports no connection is asked for (control)', (t) =>
    onFreshHost(t, async ({ must, sh }) => {
      await must(['hold', 'p', '-p', '8080:80']);
      t.notMatch(await must(['transcript', 'p']), /conntrack/);
      await must(['down', 'p']);
      await sh('true');
    }),
  );
}

function connections({ sh }: KernelHost): Promise<string> {
  return sh('cat /proc/net/nf_conntrack');
}
