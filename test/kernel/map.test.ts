import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { type KernelHost, onFreshHost } from './host.ts';
import { peersByKernel, type Wiring, wrongPeers } from './peers.ts';

if (requires(t, 'root', 'ip', 'nft', 'strace', 'dot')) {
  t.test('every veth peer is right, also where names and indices are the same', (t) =>
    onFreshHost(t, async (on) => {
      const { host, must, sh } = on;
      const mininet = Number(await sh(TOPOLOGY));
      await must(['hold', 'web', '-p', '8080:80']);
      await must(['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1000']);
      await must(['hold', 'db']);
      const all = await wiring(on, '--all');
      const holders = all.places.filter(({ whose }) => whose[0]?.by === 'pod');
      const truth = await peersByKernel(on, [1, host.outside ?? 0, mininet]);
      t.ok(truth.size >= 18, `${truth.size} ends of veth pairs`);
      t.same(wrongPeers(all, truth), [], 'every one of them');
      t.equal(all.unseen.length, 0, 'nothing is out of sight');

      // By index alone the twins cannot be told apart; and a map that takes one for the other is noticed.
      const twins = all.places.filter(({ label }) => /^netns [ab]-left$/.test(label));
      t.same(
        twins[0]?.interfaces.map(({ index }) => index),
        twins[1]?.interfaces.map(({ index }) => index),
      );
      t.not(wrongPeers(swapped(all), truth).length, 0, 'twins that were exchanged are noticed (control)');

      t.same(
        all.places.map(({ label }) => label).filter((label) => !label.startsWith('net:')),
        [
          ...['this host', 'pod db', 'pod web', 'mininet h1'],
          ...['netns a-left', 'netns a-right', 'netns b-left', 'netns b-right', 'netns blue', 'netns red'],
        ],
        'by name',
      );
      t.same(
        holders.map(({ inside }) => inside),
        [['pause'], ['pause', 'w']],
        'and what lives in pods',
      );
      const [here] = all.places;
      t.match(here?.nat, [
        'tcp port 8080, to this machine: dnat, destination becomes 10.244.0.2:80',
        "from 10.244.0.0/16, not to 10.244.0.0/16: masquerade, source becomes the outgoing interface's address",
      ]);
      t.equal(here?.interfaces.filter(({ master }) => master === 'nslab0').length, 2, 'ports of the bridge');
      const blue = all.places.find(({ label }) => label === 'netns blue');
      const face = (name: string) => blue?.interfaces.find((each) => each.name === name);
      t.match(
        face('mv0'),
        { kind: 'macvlan', peer: { inode: here?.inode, name: 'base' } },
        'a macvlan lies on',
      );
      t.equal(
        face('vx0')?.detail,
        '42 to 203.0.113.1 port 4789 through this host',
        'a tunnel that was moved',
      );

      const near = (await wiring(on)).places.map(({ label }) => label);
      t.ok(
        near.includes('pod web') && near.includes('netns blue'),
        'by default: ours, and what is wired to this host',
      );
      t.notOk(near.includes('netns red') || near.includes('netns a-left'), 'and no more');

      const text = await must(['map', '--all']);
      t.match(text, /^this host {2}net:\[\d+\]$/m);
      t.match(text, /^└─ eth0 {2}10\.244\.0\.2\/16 {2}── nsv\w+ of this host$/m);
      const drawn = await host.run(['dot', '-Tsvg'], { input: await must(['map', '--all', '-o', 'dot']) });
      t.match(drawn, { status: 0, stderr: '' }, 'Graphviz draws it');
      t.equal(
        drawn.stdout.match(/class="edge"/g)?.length,
        all.cables.length + 3,
        'every cable, and each port',
      );
      t.match(await must(['map', '-o', 'svg']), /^<svg .*<\/svg>\n$/s);
      t.match(await must(['map', '-o', 'mermaid']), /^flowchart LR\n/);
      await must(['down', '--all']);
      await sh(`kill -KILL ${mininet}; ${CLEAN}`);
    }),
  );

  t.test('asked by netlink or by ip, it is the same', (t) =>
    onFreshHost(t, async (on) => {
      const { must, sh } = on;
      await sh(SHAPES);
      await must(['hold', 'web', '-p', '8080:80']);
      await must(['hold', 'db', '--network', 'none']);
      const read = async (driver: string) => {
        const words = ['--transcript', '/tmp/asked', 'map', '--all', '-o', 'json'];
        const wiring = JSON.parse(await must(words, { env: { NSLAB_DRIVER: driver } })) as Wiring;
        const asked = (await sh('cut -d, -f2 /tmp/asked; rm /tmp/asked')).split('\n');
        const count = (channel: string) => asked.filter((each) => each === `"channel":"${channel}"`).length;
        return { wiring, ip: count('ip'), nft: count('nft') };
      };
      const [own, tools] = [await read('netlink'), await read('ip')];
      t.same(own.wiring, tools.wiring);
      t.same([own.ip, own.nft], [1, 2], 'tools are needed for the tunnels of green, and for two rulesets');
      const every = own.wiring.places.length;
      t.same([tools.ip, tools.nft], [every, every], 'who wants them has them everywhere');

      const faces = own.wiring.places.flatMap(({ interfaces }) => interfaces);
      const kinds = new Set(faces.map(({ kind }) => kind));
      for (const kind of ['loopback', 'veth', 'bridge', 'macvlan', 'vxlan'])
        t.ok(kinds.has(kind), `${kind} is among them`);
      const addresses = faces.flatMap((face) => face.addresses);
      for (const address of [
        '10.1.0.3/32',
        'fd00::1:0:0:2/64',
        '2001:db8:0:1:1:1:1:1/64',
        '::ffff:1.2.3.4/128',
      ])
        t.ok(addresses.includes(address), address);

      // Each of these is one word in one place.
      let before = own.wiring;
      for (const change of [
        'link set eth0 mtu 1400',
        'address del fd00::1:0:0:2/64 dev eth0',
        'link set lo down',
      ]) {
        await sh(`ip -n blue ${change}`);
        const { wiring } = await read('netlink');
        t.strictNotSame(wiring, before, `${change} is noticed (control)`);
        before = wiring;
      }
      await must(['down', '--all']);
      await sh(
        'for name in blue red green; do ip netns del $name; done; umount /run/netns; rmdir /run/netns; ip link del base',
      );
      await sh('while [ -e /sys/class/net/to-blue ]; do sleep 0.02; done');
    }),
  );

  t.test('on a machine that never saw nslab: it asks, and changes nothing', (t) =>
    onFreshHost(t, async (on) => {
      const { host, nslab, sh } = on;
      const calls = async (...words: string[]) => {
        const traced = `trace=open,openat,setns,sendto,sendmsg,${CALLS.join(',')}`;
        const strace = ['strace', '-f', '--seccomp-bpf', '-s', '200', '-o', '/tmp/calls', '-e', traced];
        const { status, stderr } = await host.run([...strace, ...program.argv, ...words]);
        t.equal(status, 0, `${words.join(' ')} ${stderr}`);
        return await sh('cat /tmp/calls; rm /tmp/calls');
      };
      const asked = await calls('map', '--all');
      t.match(asked, /\bsetns\(/, 'it was in other namespaces');
      t.match(asked, /RTM_GETLINK|nlmsg_type=0x12 /, 'and asked for links');
      t.match(asked, /NFT_MSG_GETTABLE|nlmsg_type=0xa01 /, 'and for tables');
      t.same(changes(asked), [], 'nothing else');
      t.same(changes(await calls('ns', '--all')), [], 'ns --all: nothing either');
      await sh('test ! -e /run/nslab');
      const made = changes(await calls('network', 'create', 'other'));
      for (const call of ['mkdir', 'flock', 'RTM_NEWLINK', 'NFT_MSG_NEWTABLE'])
        t.ok(
          made.some((line) => line.includes(call)),
          `${call} is noticed where it happens (control)`,
        );
      await on.must(['network', 'rm', 'other']);

      const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
      // Its own namespace it may open, but not enter: that is said, and this process is not lost for it.
      // user_namespaces(7): in a chroot there is none, and so no namespace that nobody could have made.
      const hasUsers = (await sh('unshare --user true 2>/dev/null && echo yes || echo no')) === 'yes\n';
      const own = `${nobody.join(' ')} unshare --user --net sleep 1000 <&- >/dev/null 2>&1 & echo $!; sleep 0.3`;
      const sleeper = hasUsers ? Number(await sh(own)) : undefined;
      const { status, stdout, stderr } = await host.run([...nobody, ...program.argv, 'map', '--all']);
      if (sleeper === undefined) t.comment('no user namespace can be made here');
      else {
        await sh(`kill ${sleeper}`);
        t.match(stderr, /net:\[\d+\]: setns\(\d+, CLONE_NEWNET\) failed: EPERM/);
      }
      t.equal(status, 0, 'without root: what can be seen');
      t.match(stdout, /^this host .*\n(.*\n)*.* uplink /);
      t.match(stderr, /\d+ processes do not show their namespaces to this user: root would see more/);
      t.match(stderr, /address translation of net:\[\d+\]: .*must be root/);
      t.match(await nslab(['map', '-o', 'png']), {
        status: 2,
        stderr: /one of text, mermaid, dot, svg, json/,
      });
    }),
  );
}

const TOPOLOGY = `
set -e
ip netns add blue; ip netns add red
ip link add to-blue type veth peer name eth0 netns blue
ip link add eth1 netns blue type veth peer name eth0 netns red
for twin in a b; do
  ip netns add $twin-left; ip netns add $twin-right
  ip link add eth0 netns $twin-left type veth peer name eth0 netns $twin-right
done
ip link add base type bridge
ip link add mv0 link base type macvlan mode bridge; ip link set mv0 netns blue
ip link add vx0 type vxlan id 42 remote 203.0.113.1 dstport 4789; ip link set vx0 netns blue
mkfifo /tmp/h1; unshare --net bash --norc --noediting -is mininet:h1 <>/tmp/h1 >/dev/null 2>&1 & h1=$!
until [ "$(< /proc/$h1/comm)" = bash ] && [ "$(readlink /proc/$h1/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
ip link add s1 type bridge
ip link add s1-eth1 type veth peer name h1-eth0 netns $h1
ip link set s1-eth1 master s1
ip link add left type veth peer name right
echo $h1`;

/** Ports, pairs within one namespace and across, nested ones, addresses of both families, down and without a carrier, tunnels. */
const SHAPES = `
set -e
for name in blue red green; do ip netns add $name; done
ip link add base type bridge
ip link add to-blue type veth peer name eth0 netns blue
ip link set to-blue master base up
ip link add mv0 link base type macvlan mode bridge; ip link set mv0 netns green
ip link add vx0 type vxlan id 42 remote 203.0.113.1 dstport 4789; ip link set vx0 netns green
ip -n blue -batch - <<END
link set lo up
link add eth1 type veth peer name eth0 netns red
address add 10.1.0.2/24 dev eth0
address add 10.1.0.3 peer 10.9.9.9/32 dev eth0
address add fd00::1:0:0:2/64 dev eth0 nodad
address add ::ffff:1.2.3.4/128 dev eth0 nodad
address add 2001:db8:0:1:1:1:1:1/64 dev eth1 nodad
link set eth0 up
link set eth1 up
END
ip -n red -batch - <<END
link add left type veth peer name right
link add inner type bridge
link set right master inner
link set left up
END
ip -n red link add dummy0 type dummy 2>/dev/null || true # not every kernel has it
ip netns exec red nft add table inet empty
for name in to-blue base; do ip link set $name addrgenmode none; done
ip -n blue link set eth0 addrgenmode none`;

const CLEAN = `
while read -r name _; do ip netns del "$name"; done < <(ip netns list)
umount /run/netns; rmdir /run/netns; rm /tmp/h1
for link in base s1 left s1-eth1; do ip link del $link 2>/dev/null; done
while [ -e /sys/class/net/s1-eth1 ]; do sleep 0.02; done`;

async function wiring({ must }: KernelHost, ...words: string[]): Promise<Wiring> {
  return JSON.parse(await must(['map', ...words, '-o', 'json'])) as Wiring;
}

/** What a map would be that knows interfaces by name and index alone, and so takes one twin for the other. */
function swapped(wiring: Wiring): Wiring {
  const inode = (name: string) => wiring.places.find(({ label }) => label === `netns ${name}`)?.inode ?? 0;
  const other = new Map([
    [inode('a-left'), inode('b-left')],
    [inode('b-left'), inode('a-left')],
  ]);
  const text = JSON.stringify(wiring.places.map((place) => place.interfaces));
  const interfaces = JSON.parse(text, (key, value) =>
    key === 'inode' ? (other.get(value) ?? value) : value,
  );
  return { ...wiring, places: wiring.places.map((place, at) => ({ ...place, interfaces: interfaces[at] })) };
}

/** The calls of a trace that change something, besides our own process and where its thread is. */
function changes(trace: string): string[] {
  return trace.split('\n').filter((line) => CHANGING.test(line) && !/"\/dev\/(null|tty)"/.test(line));
}

const CALLS = [
  ...[
    'mkdir',
    'mkdirat',
    'unlink',
    'unlinkat',
    'rename',
    'renameat',
    'renameat2',
    'rmdir',
    'symlink',
    'symlinkat',
  ],
  ...[
    'link',
    'linkat',
    'chmod',
    'fchmod',
    'fchmodat',
    'chown',
    'fchown',
    'fchownat',
    'mknod',
    'mknodat',
    'truncate',
  ],
  ...[
    'mount',
    'umount2',
    'unshare',
    'flock',
    'sethostname',
    'pivot_root',
    'chroot',
    'kill',
    'pidfd_send_signal',
  ],
];

const CHANGING = new RegExp(
  [
    `^\\d+ +(${CALLS.join('|')})\\(`,
    'open(at)?\\(.*O_(WRONLY|RDWR|CREAT)',
    '(RTM|NFT_MSG)_(NEW|DEL|SET|DESTROY)\\w+, (nlmsg_)?flags=NLM_F_REQUEST',
    // strace(1) does not know what a socket is for that was opened in another namespace: then questions are known by
    // number. RTM_GETLINK, RTM_GETADDR, RTM_GETNSID; NFT_MSG_GETTABLE, and what nft(8) asks: chains, rules, sets, …
    'sendto\\(.*type=(?!0x(12|16|5a|a(01|04|07|0a|0d|10|13|17)) )0x\\w+ .*flags=NLM_F_REQUEST',
  ].join('|'),
);
