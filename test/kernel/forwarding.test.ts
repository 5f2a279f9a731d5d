import t from 'tap';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost, withStateDir } from './host.ts';

/** A second device of the host, 198.51.100.2/24, and a machine behind it, 198.51.100.1, whose default gateway is the host. */
const SECOND_NIC = `
  ip netns add lan
  ip link add nic2 type veth peer name eth0 netns lan
  ip addr add 198.51.100.2/24 dev nic2; ip link set nic2 up
  ip -n lan addr add 198.51.100.1/24 dev eth0; ip -n lan link set eth0 up; ip -n lan link set lo up
  ip -n lan route add default via 198.51.100.2`;

const NO_SECOND_NIC = 'ip link del nic2; ip netns del lan; umount /run/netns; rmdir /run/netns';

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('every device is opened, one that comes later too, and all is put back', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await sh(`${SECOND_NIC}
        ip link add theirs type bridge; echo 1 >/proc/sys/net/ipv4/conf/theirs/forwarding`);
      t.equal(await forwarding(host, 'default', 'nic2', 'uplink', 'theirs'), '0001', 'before');
      await must(['hold', 'p']);
      t.equal(await forwarding(host, 'default', 'nic2', 'uplink', 'theirs', 'lo'), '11110');
      t.equal(await sh('cat /proc/sys/net/ipv4/ip_forward'), '0\n', 'and not by ip_forward');
      t.equal(await pings(host, 'p', '198.51.100.1'), true, 'behind the second device');
      await sh('ip link add later type bridge');
      t.equal(await forwarding(host, 'later'), '1', 'born so');
      await sh('ip link add gone type bridge; ip link del nic2');
      await sh(SECOND_NIC.replace('ip netns add lan', 'true'));
      t.equal(await pings(host, 'p', '198.51.100.1'), true, 'a device that comes back');
      await must(['hold', 'q']);
      await sh('ip link add last type bridge; ip link del gone');
      await must(['down', 'p', 'q']);
      t.equal(await forwarding(host, 'default', 'nic2', 'uplink', 'theirs', 'later', 'last'), '000100');
      await sh(`${NO_SECOND_NIC}; for name in theirs later last; do ip link del $name; done`);
    }),
  );

  t.test('the host does not become a router between its own devices', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await sh(SECOND_NIC);
      const routed = async () => {
        await host.host.runOutside(['ip', 'route', 'replace', '198.51.100.0/24', 'via', '203.0.113.2']);
        return (await host.host.runOutside(['busybox', 'ping', '-c1', '-W1', '198.51.100.1'])).status === 0;
      };
      t.equal(await routed(), false, 'before');
      await must(['hold', 'p']);
      t.equal(await routed(), false, 'with a pod');
      t.equal(await pings(host, 'p', '198.51.100.1'), true, 'which reaches that machine');
      const chain = await guardChain(host);
      t.match(await sh(`nft list chain ip ${chain}`), /counter packets [1-9]/, 'the rule has dropped it');
      const rules = await sh(`nft list table ip ${chain.split(' ')[0]}`);
      await sh(`nft flush chain ip ${chain}`);
      t.equal(await routed(), true, 'without the rule (control)');
      t.match(rules, /"nic2"/);

      // What another bridge passes on between its ports is no routing, although br_netfilter shows it to the rule.
      await sh(`ip link add theirs type bridge; ip link set theirs up
        for n in 1 2; do
          ip netns add m$n
          ip link add port$n type veth peer name eth0 netns m$n
          ip link set port$n master theirs up
          ip -n m$n addr add 192.0.2.$n/24 dev eth0; ip -n m$n link set eth0 up
        done`);
      await must(['hold', 'q']);
      const bridged = async () =>
        (await host.host.run(['ip', 'netns', 'exec', 'm1', 'busybox', 'ping', '-c1', '-W2', '192.0.2.2']))
          .status === 0;
      for (const filtered of ['0', '1']) {
        await sh(
          `[ ! -e /proc/sys/net/bridge ] || echo ${filtered} >/proc/sys/net/bridge/bridge-nf-call-iptables`,
        );
        t.equal(await bridged(), true, `between two ports of another bridge, br_netfilter ${filtered}`);
      }
      t.match(await sh(`nft list table ip ${chain.split(' ')[0]}`), /"theirs" \. "theirs"/);
      await must(['down', '--all']);
      await sh(
        `for n in 1 2; do ip link del port$n; ip netns del m$n; done; ip link del theirs; ${NO_SECOND_NIC}`,
      );
      await host.host.runOutside(['ip', 'route', 'del', '198.51.100.0/24']);
    }),
  );

  for (const type of ['bridge', 'ptp'])
    t.test(`${type}: what another program writes is mended by the next verb`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, nslab, sh } = host;
        await sh(SECOND_NIC);
        await must(['network', 'create', 'lab', '--type', type]);
        await must(['hold', 'p', '--network', 'lab']);
        t.match(await facts(host), { doctor: /^ok /, unreachableBy: [] });
        await sh('echo 0 >/proc/sys/net/ipv4/conf/nic2/forwarding');
        t.equal(await pings(host, 'p', '198.51.100.1'), false, 'closed by another program');
        t.match(await facts(host), { doctor: /^limited .*not reached by nic2: /, unreachableBy: ['nic2'] });
        await must(['hold', 'q', '--network', 'lab']);
        t.equal(await pings(host, 'p', '198.51.100.1'), true, 'opened again by a verb that makes a pod');

        const guard = await guardChain(host);
        t.match(await sh(`nft list chain ip ${guard}`), /drop/);
        await sh('echo 1 >/proc/sys/net/ipv4/ip_forward');
        await must(['hold', 'r', '--network', 'lab']);
        t.notMatch(await sh(`nft list chain ip ${guard}`), /drop/, 'on a router there is no guard');
        await sh('echo 0 >/proc/sys/net/ipv4/conf/nic2/forwarding');
        const { stderr } = await nslab(['network', 'create', 'other']);
        t.match(stderr, /pods are not reached by nic2: forwarding was turned off there/);
        t.equal(await forwarding(host, 'nic2'), '0', 'on a router nothing is opened');
        await must(['network', 'rm', 'other']);

        await sh('echo 0 >/proc/sys/net/ipv4/ip_forward');
        t.equal(await pings(host, 'p', '198.51.100.1'), false, 'ip_forward from 1 to 0 closes every device');
        await must(['hold', 's', '--network', 'lab']);
        t.match(await sh(`nft list chain ip ${guard}`), /drop/, 'the guard is back');
        for (const pod of ['p', 's']) t.equal(await pings(host, pod, '198.51.100.1'), true, `mended: ${pod}`);
        await must(['down', '--all']);
        await must(['network', 'rm', 'lab']);
        t.equal(await forwarding(host, 'default', 'nic2', 'uplink'), '000', 'put back');
        await sh(`${NO_SECOND_NIC}`);
      }),
    );

  t.test('two instances, two devices: what one has recorded the other puts back', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const b = withStateDir(host, '/run/b');
      await sh(SECOND_NIC);
      for (const [first, last] of [
        [host, b],
        [b, host],
      ] as const) {
        await must(['hold', 'p']);
        await b.must(['hold', 'p']);
        await sh('ip link add later type bridge');
        await first.must(['down', 'p']);
        t.equal(await forwarding(host, 'default', 'nic2', 'uplink', 'later'), '1111', 'the other needs them');
        await last.must(['hold', 'q']);
        await sh('ip link add last type bridge');
        await last.must(['down', '--all']);
        t.equal(
          await forwarding(host, 'default', 'nic2', 'uplink', 'later', 'last'),
          '00000',
          'the last one',
        );
        await sh('ip link del later; ip link del last');
      }
      // Side by side, so that arrivals and departures meet.
      const comeAndGo = async (each: KernelHost, subnet: string) => {
        await each.must(['network', 'create', 'lab', '--subnet', subnet]);
        await each.must(['network', 'rm', 'lab']);
      };
      for (let round = 0; round < 8; round++) {
        await Promise.all([comeAndGo(host, '10.1.0.0/24'), comeAndGo(b, '10.2.0.0/24')]);
        t.equal(await forwarding(host, 'default', 'nic2', 'uplink'), '000', `side by side, ${round}`);
      }
      for (const lost of ['nft flush ruleset', 'rm -r /run/nslab/networks/.prior']) {
        await must(['hold', 'p']);
        await sh(`ip link add later type bridge; ${lost}`);
        await must(['down', 'p']);
        t.equal(await forwarding(host, 'default', 'nic2', 'uplink', 'later'), '0000', lost);
        await sh('ip link del later');
      }
      await must(['hold', 'p']);
      await sh('rm -r /run/nslab/networks/.prior');
      await must(['hold', 'q']);
      await must(['down', '--all']);
      t.equal(
        await forwarding(host, 'default', 'nic2', 'uplink'),
        '000',
        'a verb does not take ours for theirs',
      );
      await sh(NO_SECOND_NIC);
    }),
  );
}

/** Of each device, as one string. */
async function forwarding({ sh }: KernelHost, ...devices: string[]): Promise<string> {
  return (
    await sh(`cd /proc/sys/net/ipv4/conf; for name in ${devices.join(' ')}; do cat $name/forwarding; done`)
  )
    .split('\n')
    .join('');
}

async function pings(host: KernelHost, pod: string, address: string): Promise<boolean> {
  const pid = String(await pidOf(host, `${pod}/pause`));
  const words = ['nsenter', '-t', pid, '-n', 'busybox', 'ping', '-c1', '-W1', address];
  for (let n = 0; n < 2; n++) if ((await host.host.run(words)).status === 0) return true;
  return false;
}

/** `TABLE forward` of the table with the prior values. */
async function guardChain({ sh }: KernelHost): Promise<string> {
  const { nftables } = JSON.parse(await sh('nft -j list ruleset ip')) as {
    nftables: { set?: { name: string; table: string } }[];
  };
  return `${nftables.find(({ set }) => set?.name === 'opened')?.set?.table} forward`;
}

async function facts({ must }: KernelHost) {
  const { items } = JSON.parse(await must(['doctor', '-o', 'json'])) as {
    items: { what: string; state: string; found: string }[];
  };
  const { items: networks } = JSON.parse(await must(['network', 'inspect', 'lab'])) as {
    items: { unreachableBy: string[] }[];
  };
  const [network] = networks;
  const found = items.find(({ what }) => what === 'forwarding');
  return { doctor: `${found?.state} ${found?.found}`, unreachableBy: network?.unreachableBy };
}
