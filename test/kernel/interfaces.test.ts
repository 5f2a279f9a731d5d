import { readdirSync } from 'node:fs';
import t from 'tap';
import { requires } from '../requires.ts';
import { inspected, listed, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';
import { scripted } from './script/scripted.ts';

interface Facts {
  readonly network: {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly hostInterface: string;
    readonly interfaces: readonly {
      readonly network: string;
      readonly interface: string;
      readonly hostInterface: string;
      readonly bridge?: string;
      readonly address: string;
    }[];
  };
}

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'curl')) {
  for (const driver of ['netlink', 'ip'] as const)
    t.test(`${driver}: a pod in three networks has an interface in each, in the order said`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, nslab, sh } = host;
        await threeNetworks(host);
        await must([
          ...['hold', 'many', '--driver', driver, '--network', 'one', '--network', 'two:ip=10.2.0.9'],
          ...['--network', 'three', '--ip', '10.1.0.7', '-p', '8080:80'],
        ]);
        for (const name of ['one', 'two', 'three']) await must(['hold', `in-${name}`, '--network', name]);
        const { network } = await inspected<Facts>(host, 'many');
        t.same(network.addresses, ['10.1.0.7/16', '10.2.0.9/32', '10.3.0.2/24']);
        t.match(network, { name: 'one', hostInterface: network.interfaces[0]?.hostInterface });
        t.same(
          network.interfaces.map((each) => [each.interface, each.network]),
          [
            ['eth0', 'one'],
            ['eth1', 'two'],
            ['eth2', 'three'],
          ],
        );
        const inside = `nsenter -t ${await pidOf(host, 'many/pause')} -n`;
        t.same(await addresses(host, inside), {
          eth0: '10.1.0.7/16',
          eth1: '10.2.0.9/32',
          eth2: '10.3.0.2/24',
        });
        t.equal(
          await sh(`${inside} ip -4 route show default`),
          'default via 10.1.0.1 dev eth0 \n',
          'one default route, by the first',
        );
        t.same(
          Object.keys(await addresses(host, `nsenter -t ${await pidOf(host, 'in-one/pause')} -n`)),
          ['eth0'],
          'another pod has one interface (control)',
        );
        for (const [name, to, from] of [
          ['one', '10.1.0.7', '10.1.0.2'],
          ['two', '10.2.0.9', '10.2.0.2'],
          ['three', '10.3.0.2', '10.3.0.3'],
        ] as const) {
          const there = `nsenter -t ${await pidOf(host, `in-${name}/pause`)} -n`;
          t.ok(await reaches(host, there, to), `from a neighbour in ${name}`);
          t.ok(await reaches(host, inside, from), `to a neighbour in ${name}`);
        }
        t.notOk(await reaches(host, inside, '10.3.0.9'), 'not an address that nobody has (control)');
        t.ok(await reaches(host, inside, '203.0.113.1'), 'and beyond the uplink');
        t.match(await must(['exec', 'many', 'cat', '/etc/hosts']), /^10\.1\.0\.7\tmany$/m);
        t.match((await listed(host)).get('many/pause'), {
          address: '10.1.0.7',
          addresses: ['10.1.0.7', '10.2.0.9', '10.3.0.2'],
        });
        t.match(await must(['ps']), ' 10.1.0.7,10.2.0.9,10.3.0.2\n');
        const map = await must(['map']);
        for (const { interface: name, hostInterface } of network.interfaces)
          t.match(map, `${hostInterface}`, `${name} is on the map`);
        t.match(await must(['transcript', 'many']), /peer name eth2 address 0a:58:0a:03:00:02/);
        for (const name of ['one', 'two', 'three'])
          t.match(
            await nslab(['network', 'rm', name]),
            { status: 1, stderr: /is in use by .*many/ },
            `network ${name} is in use`,
          );
        const rules = await sh('nft list ruleset');
        t.equal(rules.match(/8080/g)?.length, 1, 'published once');
        t.match(rules, / : 10\.1\.0\.7 \. 80/, 'to the first address');
        await down(host);
      }),
    );

  t.test('what cannot be is refused before anything is touched', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await threeNetworks(host);
      const hold = (...words: string[]) =>
        nslab(['hold', 'p', ...words.flatMap((word) => ['--network', word])]);
      for (const [words, status, message] of [
        [['one', 'one'], 2, /network "one" is named twice for one pod/],
        [['one', 'none'], 2, /network "none" cannot be combined/],
        [['host', 'one'], 2, /network "host" cannot be combined/],
        [['one', 'two:ip=10.1.0.9'], 2, /address 10\.1\.0\.9 cannot be a pod's in network "two"/],
        [['one', 'two:mac=1'], 2, /"two:mac=1" is not a network of a pod\nhint: NETWORK\[:ip=ADDRESS\]/],
        [['one', 'two:ip=x'], 2, /"x" is not an IPv4 address/],
        [['one', 'absent'], 1, /no network "absent"/],
        [Array.from({ length: 17 }, (_, n) => `n${n}`), 2, /16 networks at most, not in 17/],
      ] as const)
        t.match(await hold(...words), { status, stderr: message }, words.join(' '));
      t.match(
        await nslab(['hold', 'p', '--network', 'one:ip=10.1.0.5', '--ip', '10.1.0.6']),
        { status: 2, stderr: /two addresses are wanted/ },
        '--ip is of the first',
      );
      t.match(await nslab(['hold', 'p', 'q', '--network', 'one:ip=10.1.0.5']), { status: 2 });
      await must(['hold', 'first', '--network', 'three:ip=10.3.0.5']);
      t.match(
        await hold('one', 'two', 'three:ip=10.3.0.5'),
        { status: 1, stderr: /10\.3\.0\.5 is taken by pod "first"/ },
        'an address that is taken in the last one',
      );
      t.same([...(await listed(host)).keys()], ['first/pause'], 'nothing is left of it');
      t.same(leases(host), ['three/10.3.0.5'], 'no lease either');
      t.match(await hold('one', 'two', 'three'), { status: 0 }, 'and without those it works (control)');
      await down(host);
    }),
  );

  t.test('what is lost of the second interface is put back', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh, nslab } = host;
      await threeNetworks(host);
      await must(['hold', 'p', '--network', 'one', '--network', 'three', '-p', '8080:80']);
      const { network } = await inspected<Facts>(host, 'p');
      const [, second] = network.interfaces;
      await sh(`rm /run/nslab/leases/three/10.3.0.2; ip link del ${second?.bridge}; nft flush ruleset`);
      t.match(await nslab(['gc']), { status: 0, stderr: /"three" is whole again/ });
      t.same(
        leases(host).filter((lease) => lease.startsWith('three')),
        ['three/10.3.0.2'],
        'the lease',
      );
      await must(['hold', 'q', '--network', 'three']);
      const there = `nsenter -t ${await pidOf(host, 'q/pause')} -n`;
      t.ok(await reaches(host, there, '10.3.0.2'), 'the port of the bridge');
      const rules = await sh('nft list ruleset');
      t.equal(rules.match(/8080/g)?.length, 1, 'and the published port, of the first alone');
      await down(host);
    }),
  );

  for (const [what, spoil] of [
    ['a damaged record', 'echo x >/run/nslab/pods/p/intent.json'],
    ['no record at all', 'rm -r /run/nslab/pods/p'],
  ] as const)
    t.test(`gc removes both interfaces of a pod with ${what}`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, sh } = host;
        await threeNetworks(host);
        await must(['hold', 'p', '--network', 'one', '--network', 'two']);
        const { network } = await inspected<Facts>(host, 'p');
        const names = network.interfaces.map(({ hostInterface }) => hostInterface);
        t.equal(new Set(names).size, 2);
        // A kill between its creation and its mark leaves a link without alias.
        await sh(`ip link set dev ${names[1]} alias ''; ip link add dev stranger type bridge`);
        await sh(spoil);
        await must(['gc']);
        const left = await sh('ip -br link');
        for (const name of names) t.notMatch(left, name, `${name} is gone`);
        t.match(left, /^stranger /m, 'another link is not (control)');
        t.same(leases(host), []);
        await sh('ip link del stranger');
        await down(host);
      }),
    );

  t.test('a manifest’s annotation attaches further networks', (t) =>
    onFreshHost(t, async (host) => {
      const { nslab } = host;
      await threeNetworks(host);
      const up = (name: string, annotation: string, words: string[] = []) =>
        nslab(['up', ...words, '--network', 'one', '-f', '-'], { input: manifest(name, annotation) });
      t.match(await up('words', 'two, default/three@net1', ['-d']), { status: 0 });
      t.match(
        await up('objects', '[{"name":"three","ips":["10.3.0.77/24"],"interface":"net0"},{"name":"two"}]', [
          '-d',
        ]),
        { status: 0 },
      );
      const of = async (name: string) =>
        addresses(host, `nsenter -t ${await pidOf(host, `${name}/pause`)} -n`);
      t.same(await of('words'), { eth0: '10.1.0.2/16', eth1: '10.2.0.2/32', net1: '10.3.0.2/24' });
      t.same(await of('objects'), { eth0: '10.1.0.3/16', net0: '10.3.0.77/24', eth2: '10.2.0.3/32' });
      t.match(
        await up('words', 'two, default/three@net1', ['-d']),
        { status: 0, stderr: /exists already and equals the manifest/ },
        'again: as it is',
      );
      t.match(
        await nslab(['up', '-d', '-f', '-'], { input: manifest('words', 'two') }),
        { status: 1, stderr: /network: one, two, three:interface=net1 → default, two\n/ },
        'other networks are a difference (control)',
      );
      for (const [annotation, status, message] of [
        ['[{"name":"two","mac":"02:00:00:00:00:01"}]', 2, /"mac" of an attached network has no effect/],
        ['[{"name":"two","ips":["fd00::1"]}]', 2, /an interface has one IPv4 address: fd00::1/],
        ['[1]', 2, /not a JSON list of objects/],
        ['two,', 2, /:\d+:\d+: metadata\.annotations\["k8s\.v1\.cni\.cncf\.io\/networks"\]: Invalid value/],
        ['two@lo', 2, /"lo" is not a name for an interface/],
        ['two@net0,three@net0', 2, /interface "net0" is named twice/],
        ['absent', 1, /no network "absent"/],
      ] as const)
        t.match(await up('bad', annotation), { status, stderr: message }, annotation);
      await down(host);
    }),
  );

  t.test('the script of a pod in several networks builds the same one', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      await threeNetworks(host);
      const input = manifest('multi', 'two,three');
      const planned = await must(['up', '--dry-run', '-o', 'script', '--network', 'one', '-f', '-'], {
        input,
      });
      await must(['up', '-d', '--network', 'one', '-f', '-'], { input });
      const wanted = await wiredAs(host, await pidOf(host, 'multi/pause'));
      const made = await must(['transcript', 'multi', '-o', 'script']);
      await down(host);
      for (const [which, text] of [
        ['planned', planned],
        ['of the transcript', made],
      ] as const) {
        const script = scripted(t, host, text);
        await script.must('up');
        const [pid] = (await host.sh('cat /run/pod-multi/pids/holder')).split(' ');
        t.same(await wiredAs(host, Number(pid)), wanted, which);
        await script.must('down');
      }
    }),
  );
}

async function threeNetworks({ must }: KernelHost): Promise<void> {
  await must(['network', 'create', 'one', '--subnet', '10.1.0.0/16']);
  await must(['network', 'create', 'two', '--subnet', '10.2.0.0/16', '--type', 'ptp']);
  await must(['network', 'create', 'three', '--subnet', '10.3.0.0/24']);
}

async function down({ must }: KernelHost): Promise<void> {
  await must(['down', '--all']);
  await must(['network', 'rm', 'one', 'two', 'three']);
}

/** The IPv4 addresses of a network namespace, by interface. */
async function addresses({ sh }: KernelHost, enter: string): Promise<Record<string, string>> {
  const links = JSON.parse(await sh(`${enter} ip -j -4 address`)) as {
    ifname: string;
    addr_info: { local: string; prefixlen: number }[];
  }[];
  return Object.fromEntries(
    links.flatMap(({ ifname, addr_info: [first] }) =>
      ifname === 'lo' || !first ? [] : [[ifname, `${first.local}/${first.prefixlen}`] as const],
    ),
  );
}

async function wiredAs(host: KernelHost, pid: number): Promise<object> {
  const inside = `nsenter -t ${pid} -n`;
  return {
    addresses: await addresses(host, inside),
    routes: (await host.sh(`${inside} ip -4 route`)).split('\n').sort(),
  };
}

async function reaches({ host }: KernelHost, enter: string, address: string): Promise<boolean> {
  return (await host.run(['bash', '-c', `${enter} busybox ping -c 1 -W 5 ${address}`])).status === 0;
}

/** As `NETWORK/ADDRESS`, without those of ports. */
function leases({ host }: KernelHost): string[] {
  const root = `/proc/${host.pid}/root/run/nslab/leases`;
  const list = (path: string) => {
    try {
      return readdirSync(path).sort();
    } catch {
      return [];
    }
  };
  return list(root)
    .filter((network) => network !== '.ports')
    .flatMap((network) => list(`${root}/${network}`).map((address) => `${network}/${address}`));
}

function manifest(name: string, networks: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name, annotations: { 'k8s.v1.cni.cncf.io/networks': networks } },
    spec: { containers: [{ name: 'w', image: 'busybox', command: ['sleep', '10000'] }] },
  });
}
