import t from 'tap';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** A way out by a second device, which is a VPN's: its other end has 192.0.2.7, and reaches no one else. */
const TUNNEL = `
  ip netns add far
  ip link add tun0 mtu 1400 type veth peer name eth0 netns far
  ip addr add 198.51.100.2/24 dev tun0; ip link set tun0 up
  ip -n far addr add 198.51.100.1/24 dev eth0; ip -n far link set eth0 up; ip -n far link set lo up
  ip -n far addr add 192.0.2.7/32 dev lo`;

const NO_TUNNEL = 'ip link del tun0; ip netns del far; umount /run/netns; rmdir /run/netns';

/** What a VPN does to the routes, and what takes it back. */
const WAYS = [
  {
    what: 'two halves of all addresses',
    begin: 'ip route add 0.0.0.0/1 via 198.51.100.1; ip route add 128.0.0.0/1 via 198.51.100.1',
    end: 'ip route del 0.0.0.0/1; ip route del 128.0.0.0/1',
  },
  {
    what: 'a rule and a default route in a table',
    begin: 'ip route add default via 198.51.100.1 table 51820; ip rule add not fwmark 51820 table 51820',
    end: 'ip rule del table 51820; ip route flush table 51820',
  },
  {
    what: 'the same, with the rule of wg-quick for the main table',
    begin: `ip route add default via 198.51.100.1 table 51820; ip rule add not fwmark 51820 table 51820
      ip rule add table main suppress_prefixlength 0`,
    end: 'ip rule del table main suppress_prefixlength 0; ip rule del table 51820; ip route flush table 51820',
  },
];

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const type of ['bridge', 'ptp'])
    for (const { what, begin, end } of WAYS)
      t.test(`${type}: ${what}`, (t) =>
        onFreshHost(t, async (host) => {
          const { must, sh } = host;
          await sh(TUNNEL);
          const create = ['network', 'create', 'lab', '--type', type];
          await must(create);
          await must(['hold', 'early', '--network', 'lab']);
          t.equal(await pings(host, 'early'), false, 'nobody knows the way (control)');
          await sh(begin);
          await must(['hold', 'late', '--network', 'lab']);
          for (const pod of ['early', 'late']) t.equal(await pings(host, pod), true, `${pod}, by the VPN`);
          await must(['down', '--all']);
          await must(['network', 'rm', 'lab']);
          await must(create);
          const record = await network(host);
          t.match(record, { subnet: '10.244.0.0/16', mtu: 1400 }, 'made after the VPN: its MTU counts');
          await must(['hold', 'p', '--network', 'lab']);
          t.equal(await pings(host, 'p'), true, 'by the VPN');
          await must(['down', 'p']);
          await must(['network', 'rm', 'lab']);
          await sh(end);
          await must(create);
          t.match(await network(host), { mtu: 1500 }, 'without the VPN (control)');
          await must(['network', 'rm', 'lab']);
          await sh(NO_TUNNEL);
        }),
      );
}

async function network({ must }: KernelHost): Promise<{ subnet: string; mtu: number }> {
  const { items } = JSON.parse(await must(['network', 'inspect', 'lab'])) as {
    items: [{ subnet: string; mtu: number }];
  };
  const [record] = items;
  return record;
}

async function pings(host: KernelHost, pod: string): Promise<boolean> {
  const pid = String(await pidOf(host, `${pod}/pause`));
  const words = ['nsenter', '-t', pid, '-n', 'busybox', 'ping', '-c1', '-W1', '192.0.2.7'];
  for (let n = 0; n < 2; n++) if ((await host.host.run(words)).status === 0) return true;
  return false;
}
