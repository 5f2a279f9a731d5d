import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { deleteOurLink } from '../../src/net/delete-links.ts';
import type { Link, Route, Table } from '../../src/net/driver.ts';
import { acceptText, removeAcceptRules } from '../../src/net/filter.ts';
import { openForwarding } from '../../src/net/forwarding.ts';
import { forwardingText } from '../../src/net/forwarding-record.ts';
import { type IpObject, openIp } from '../../src/net/ip.ts';
import { leaseAddress, leaseDirectory, leasesIn, readLease, releaseLeases } from '../../src/net/ipam.ts';
import { bearsMark, groupOf, mark, type Owner } from '../../src/net/names.ts';
import { createNetwork, isNetworks, removeNetwork } from '../../src/net/network.ts';
import type { Nft, NftObject } from '../../src/net/nft.ts';
import { ipWords, type Operation } from '../../src/net/operations.ts';
import { publishPorts, withdrawPorts } from '../../src/net/port.ts';
import { type NetworkRecord, networkNames, ownerOf, readNetwork } from '../../src/net/record.ts';
import { removeTableText, tableText } from '../../src/net/ruleset.ts';
import { openFiles } from '../../src/sys/files.ts';
import type { Instance } from '../../src/sys/instance.ts';
import { bootId } from '../../src/sys/procfs.ts';
import type { Sysctl } from '../../src/sys/sysctl.ts';
import { requires } from '../requires.ts';
import { recorder } from '../sys/recorder.ts';

const INSTANCE: Instance = {
  id: 'abcdefgh',
  bootId: bootId(),
  netnsCookie: '1',
  netns: 4026531840,
  pidns: 4026531836,
};

const WEB: Owner = { instance: INSTANCE.id, uid: 'a1', label: 'pod/web' };

/** Every row of the table: a row that is added and not tried does not compile. */
const ROWS: { [Name in Operation['do']]: [Extract<Operation, { do: Name }>, string] } = {
  addBridge: [
    { do: 'addBridge', name: 'br0', mac: '0a:58:0a:f4:00:01', mtu: 1400, group: 70001 },
    'link add name br0 address 0a:58:0a:f4:00:01 mtu 1400 group 70001 type bridge',
  ],
  addVeth: [
    {
      ...{ do: 'addVeth', name: 'v0', peer: 'eth0', peerMac: '0a:58:0a:f4:00:02', peerNetnsOf: 1 },
      ...{ mtu: 1400, group: 70001 },
    },
    'link add name v0 mtu 1400 group 70001 numtxqueues 1 numrxqueues 1 type veth ' +
      'peer name eth0 address 0a:58:0a:f4:00:02 mtu 1400 numtxqueues 1 numrxqueues 1 netns 1',
  ],
  // A blank in it: ip(8) must take the whole of it.
  setAlias: [{ do: 'setAlias', name: 'v0', alias: mark(WEB) }, `link set dev v0 alias "${mark(WEB)}"`],
  setNoAutoAddress: [{ do: 'setNoAutoAddress', name: 'v0' }, 'link set dev v0 addrgenmode none'],
  setMaster: [{ do: 'setMaster', name: 'v0', master: 'br0' }, 'link set dev v0 master br0'],
  setHairpin: [{ do: 'setHairpin', name: 'v0' }, 'link set dev v0 type bridge_slave hairpin on'],
  setUp: [{ do: 'setUp', name: 'v0' }, 'link set dev v0 up'],
  addAddress: [{ do: 'addAddress', name: 'br0', cidr: '10.244.0.1/16' }, 'address add 10.244.0.1/16 dev br0'],
  addLinkRoute: [
    { do: 'addLinkRoute', name: 'br0', destination: '10.9.0.7/32' },
    'route add 10.9.0.7/32 dev br0',
  ],
  addRoute: [
    { do: 'addRoute', name: 'br0', destination: '10.20.0.0/16', gateway: '10.244.0.9' },
    'route add 10.20.0.0/16 via 10.244.0.9 dev br0',
  ],
  setFirstRoute: [
    { do: 'setFirstRoute', name: 'br0', destination: '10.9.0.0/24' },
    'route replace 10.9.0.0/24 dev br0 scope link table local',
  ],
  addDefaultRoute: [
    { do: 'addDefaultRoute', name: 'br0', gateway: '10.244.0.9' },
    'route add default via 10.244.0.9 dev br0',
  ],
  deleteLink: [{ do: 'deleteLink', name: 'v0' }, 'link delete dev v0'],
  setGroup: [{ do: 'setGroup', name: 'v0', group: 70000 }, 'link set dev v0 group 70000'],
  deleteGroup: [{ do: 'deleteGroup', group: 70000 }, 'link delete group 70000'],
};

const DEFAULT = networkRecord({});
const LONG = networkRecord({
  ...{ name: 'x'.repeat(63), uid: 'ffffffffffff', table: 'nslab_ijklmnop' },
  ...{ subnet: '192.168.7.4/30', ipMasq: false },
});

function networkRecord(facts: Partial<NetworkRecord>): NetworkRecord {
  return {
    ...{ apiVersion: 'nslab/v1', kind: 'Network', name: 'default', uid: 'b1', instance: INSTANCE },
    ...{ type: 'bridge', bridge: 'nslab0', subnet: '10.244.0.0/16', gateway: '10.244.0.1', mtu: 1500 },
    ...{ table: 'nslab_default', ipMasq: true, onDemand: true, bootId: INSTANCE.bootId, ready: true },
    ...facts,
  };
}

t.test('the words of every operation', async (t) => {
  for (const [operation, words] of Object.values(ROWS)) t.equal(ipWords(operation), words, operation.do);
});

if (requires(t, 'root', 'ip')) {
  t.test('ip(8) takes them all, one after the other', async (t) => {
    const order = [
      'addBridge',
      'addVeth',
      'setAlias',
      'setNoAutoAddress',
      'setMaster',
      'setHairpin',
    ] as const;
    const rest = [
      'setUp',
      'addAddress',
      'addLinkRoute',
      'addRoute',
      'setFirstRoute',
      'addDefaultRoute',
      'setGroup',
      'deleteGroup',
    ] as const;
    t.equal(order.length + rest.length + ['deleteLink'].length, Object.keys(ROWS).length);
    // In a namespace of its own; the peer stays in it: `netns 1` becomes the shell that waits there.
    const lines = [...order, ...rest].map((name) => ROWS[name][1].replace(/netns 1$/, () => 'netns $$'));
    lines.splice(-7, 0, 'link set dev br0 up');
    const look = 'ip -d -j link show dev v0 | tr -d "\\n" >&2';
    const script = `set -e\n${[...lines.slice(0, -1)].map((line) => `ip ${line}`).join('\n')}\n${look}\nip ${lines.at(-1)}`;
    const { status, stderr } = inNetns(script);
    t.equal(status, 0, stderr);
    const [link] = JSON.parse(stderr) as [IpObject & { linkinfo: { info_slave_data: { hairpin: boolean } } }];
    t.match(link, {
      ifname: 'v0',
      mtu: 1400,
      master: 'br0',
      ifalias: mark(WEB),
      group: '70000',
      num_tx_queues: 1,
      num_rx_queues: 1,
      linkinfo: { info_slave_data: { hairpin: true } },
    });
    t.not(inNetns('ip link set dev v0 up').status, 0, 'where there is no v0, there is an error');
  });

  t.test('the channel `ip`: a failure names the operation, what is not there is an error', async (t) => {
    const kernel = recorder();
    const ip = openIp(kernel, []);
    const name = 'nslab-test-none';
    const absent = `Device "${name}" does not exist.`;
    await t.rejects(ip.query('a test', 'link', 'show', 'dev', name), {
      name: 'OperationError',
      message: `ip -json link show dev ${name} failed: ${absent}`,
    });
    t.same(await ip.query('a test', 'route', 'show', 'table', '4242').catch(() => []), [], 'an empty list');
    t.match(await ip.query('a test', 'link', 'show', 'dev', 'lo'), [{ ifname: 'lo' }]);
    await t.rejects(
      ip.apply([
        { do: 'setUp', name: 'lo' },
        { do: 'deleteLink', name },
        { do: 'setUp', name },
      ]),
      { name: 'OperationError', message: `ip link delete dev ${name} failed: Cannot find device "${name}"` },
    );
    t.match(kernel.events, [
      { channel: 'ip', args: `-json link show dev ${name}`, result: 1 },
      { channel: 'ip', args: '-json route show table 4242' },
      { channel: 'ip', args: '-json link show dev lo', result: 0 },
      {
        channel: 'ip',
        args: '-batch -',
        result: 1,
        input: `link set dev lo up\nlink delete dev ${name}\nlink set dev ${name} up\n`,
        equivalent: `ip link set dev lo up\nip link delete dev ${name}\nip link set dev ${name} up`,
      },
    ]);
  });
}

if (requires(t, 'root', 'nft', 'ip')) {
  t.test('nft(8) takes the rules, checked and applied', async (t) => {
    const apply = (text: string, ...flags: string[]) => inNetns(`nft ${flags.join(' ')} -f -`, text);
    for (const network of [DEFAULT, LONG]) {
      t.match(apply(tableText(network), '-c'), { status: 0, stderr: '' }, `${network.subnet}, checked`);
      t.match(apply(tableText(network)), { status: 0, stderr: '' }, `${network.subnet}, applied`);
    }
    t.match(apply(tableText(DEFAULT) + tableText(LONG)), { status: 0, stderr: '' }, 'two networks');
    t.not(
      apply(tableText({ ...DEFAULT, subnet: '10.244.0.0/99' }), '-c').status,
      0,
      'negative control: subnet',
    );
    t.not(apply(tableText(DEFAULT).replace('masquerade', 'masquerades'), '-c').status, 0, 'and word');
    const listed = inNetns('nft -f - && nft list ruleset', tableText(DEFAULT)).stdout;
    t.equal(
      listed.split('comment "nslab:abcdefgh:b1 network/default"').length - 1,
      3,
      'the mark of the network: on its table and on its maps',
    );
    t.match(listed, /masquerade comment "to the outside/);
    const second = inNetns('nft -f - && nft list ruleset', tableText(LONG)).stdout;
    t.notMatch(second, /to the outside/, 'ipMasq: false');
    t.equal(
      listed.match(/dnat ip to/g)?.length,
      4,
      'published ports, on all addresses and on one: for what arrives, and for this host itself',
    );
  });

  t.test('a table of that name is never changed, and never removed by its name', async (t) => {
    const theirs = `table ip ${DEFAULT.table} {\n chain theirs { }\n}\n`;
    const tryBoth = (first: string, second: string) =>
      inNetns(`nft -f <(printf %s "$FIRST") && nft -f -; s=$?; nft list ruleset; exit $s`, second, {
        FIRST: first,
      });
    for (const [owner, first] of [
      ['another program', theirs],
      ['ourselves, a moment ago', tableText(DEFAULT)],
    ] as const) {
      const { status, stderr } = tryBoth(first, tableText(DEFAULT));
      t.not(status, 0, `made by ${owner}: an error`);
      t.match(stderr, /File exists/, `made by ${owner}: the reason`);
    }
    t.notMatch(tryBoth(theirs, tableText(DEFAULT)).stdout, 'hostports', 'nothing is added to it');
    t.match(tryBoth(theirs.replace(DEFAULT.table, 'other'), tableText(DEFAULT)), { status: 0 }, '(control)');

    const handleOf = (text: string) => Number(/^table ip nslab_default \{ # handle (\d+)/m.exec(text)?.[1]);
    const handle = handleOf(inNetns('nft -f - && nft -a list ruleset', tableText(DEFAULT)).stdout);
    t.match(
      tryBoth(tableText(DEFAULT), removeTableText(String(handle))),
      { status: 0, stdout: '' },
      'removed by its handle',
    );
    const again = tryBoth(tableText(DEFAULT), `${removeTableText(String(handle))}${theirs}`);
    t.match(again, { status: 0, stdout: /chain theirs/ }, 'another table takes the name');
    const late = inNetns(
      `nft -f <(printf %s "$FIRST") && nft delete table ip handle ${handle} && nft -f - && nft delete table ip handle ${handle}; s=$?; nft list ruleset; exit $s`,
      theirs,
      { FIRST: tableText(DEFAULT) },
    );
    t.not(late.status, 0, 'the handle of a table that is gone is no other table’s');
    t.match(late.stdout, /chain theirs/, 'the table that has the name now stays');
  });

  t.test('a pod’s elements, and two accept rules: put in, found by their mark, taken out', async (t) => {
    const said: string[] = [];
    const say: Nft = {
      apply: async (text) => void said.push(text),
      list: async () => [],
      refuseUnable: () => {},
    };
    const owner = (name: string): Owner => ({
      ...WEB,
      uid: name === 'web' ? 'a1' : 'a2',
      label: `pod/${name}`,
    });
    const pod = (name: string, hostPort: number) => ({
      owner: owner(name),
      address: '10.244.0.7',
      ports: [
        { hostPort, podPort: 80, protocol: 'tcp' as const },
        { hostPort, podPort: 53, protocol: 'udp' as const },
      ],
    });
    await publishPorts({ nft: say }, DEFAULT.table, pod('web', 8080));
    await publishPorts({ nft: say }, DEFAULT.table, pod('web2', 8081));
    const filter =
      'table ip filter {\n chain FORWARD { type filter hook forward priority 0; policy drop; }\n}\n';
    const foreign = 'add rule ip filter FORWARD ip saddr 10.244.0.0/16 accept comment "theirs"\n';
    const rules = acceptText('FORWARD', DEFAULT);
    const whole = [tableText(DEFAULT), filter, foreign, rules, ...said].join('');
    const json = (what: string, text = whole) => {
      const { status, stdout, stderr } = inNetns(`nft -f - && nft -j -a list ${what}`, text);
      if (status !== 0) throw new Error(stderr);
      return (JSON.parse(stdout) as { nftables: NftObject[] }).nftables;
    };
    t.not(inNetns('nft -f -', whole + said[0]).status, 0, '`create`: a port that is taken is an error');

    const asked: string[] = [];
    const channel = (objects: NftObject[]): Nft => ({
      apply: async (text) => void asked.push(text),
      list: async () => objects,
      refuseUnable: () => {},
    });
    const isWebs = (comment: unknown) => bearsMark(comment, owner('web'));
    await withdrawPorts({ nft: channel(json('ruleset ip')) }, isWebs);
    t.match(
      asked[0],
      /^delete element ip nslab_default hostports \{ (tcp \. 8080, udp \. 8080|udp \. 8080, tcp \. 8080) \}\n$/,
    );
    const left = JSON.stringify(json(`map ip ${DEFAULT.table} hostports`, whole + asked[0]));
    t.match(left, mark(owner('web2')));
    t.notMatch(left, mark(owner('web')), 'web’s are gone, web2’s are not');
    asked.length = 0;
    await withdrawPorts({ nft: channel([]) }, isWebs);
    t.same(asked, [], 'no map, nothing to do');
    const renewed: Owner = { ...owner('web'), uid: 'a3' };
    await withdrawPorts({ nft: channel(json('ruleset ip')) }, (comment) => bearsMark(comment, renewed));
    t.same(asked, [], 'a pod of the same name that was made later has none of them');

    const table = json('table ip filter');
    await removeAcceptRules({ nft: channel(table) }, (comment) => isNetworks(DEFAULT, comment));
    t.equal(asked[0]?.match(/^delete rule ip filter FORWARD handle \d+$/gm)?.length, 2);
    // Handles are given anew in each namespace, in the same order.
    const rest = JSON.stringify(json('table ip filter', filter + foreign + rules));
    t.match(rest, mark(ownerOf(DEFAULT)));
    asked.length = 0;
    await removeAcceptRules({ nft: channel(table) }, (comment) => isNetworks(LONG, comment));
    t.same(asked, []);
  });
}

t.test('leases: the lowest free one, the wanted one, none twice', async (t) => {
  const files = openFiles(recorder().transcript);
  const root = t.testdir();
  const directory = leaseDirectory(root, 'small');
  const network = { name: 'small', subnet: '10.9.0.0/29' };
  const owner = (pod: string) => ({ pod, bootId: 'b' });
  const take = (pod: string, wanted?: string) => leaseAddress(files, directory, network, owner(pod), wanted);
  t.equal(take('a'), '10.9.0.2');
  t.equal(take('b', '10.9.0.4'), '10.9.0.4');
  t.equal(take('c'), '10.9.0.3');
  t.equal(take('d'), '10.9.0.5');
  t.equal(take('e'), '10.9.0.6');
  t.throws(() => take('f'), {
    name: 'OperationError',
    message: 'network "small" (10.9.0.0/29) has no free address left of 5',
  });
  t.throws(() => take('f', '10.9.0.4'), { message: 'address 10.9.0.4 is taken by pod "b"' });
  for (const wrong of ['10.9.0.0', '10.9.0.1', '10.9.0.7', '10.9.0.8', '10.8.0.2', '1.2.3.4'])
    t.throws(() => take('f', wrong), { name: 'InputError', message: /cannot be a pod's in network "small"/ });
  t.match(readLease(directory, '10.9.0.3'), { pod: 'c', bootId: 'b' });
  writeFileSync(join(directory, '10.9.0.9.123.tmp'), '');
  t.equal(leasesIn(directory).length, 5, 'a draft is no lease');
  releaseLeases(files, directory, new Set(['b']));
  releaseLeases(files, directory, new Set(['b']));
  t.equal(take('g'), '10.9.0.4');
  writeFileSync(join(directory, '10.9.0.5'), '{ cut');
  t.equal(readLease(directory, '10.9.0.5'), undefined);
  t.throws(() => take('h'), /no free address/, 'a damaged lease is not given away');
});

t.test('a network: planned, made in one batch and one transaction, undone on failure', async (t) => {
  const root = t.testdir();
  mkdirSync(join(root, 'networks'));
  const fake = fakeHost({
    routes: [
      { to: 'default', device: 'eth0' },
      { to: '10.244.0.0/16', device: 'docker0' },
      { to: '10.245.128.0/20', device: 'vpn' },
    ],
    links: [link('eth0', { mtu: 1400 }), link('nslab0', { mtu: 9000 })],
  });
  const record = await createNetwork(fake.host, root, { name: 'default', onDemand: true });
  t.match(record, {
    subnet: '10.246.0.0/16',
    gateway: '10.246.0.1',
    mtu: 1400,
    type: 'bridge',
    bridge: /^nsbr[a-z2-7]{8}$/,
    onDemand: true,
    ready: true,
  });
  t.same(readNetwork(root, 'default'), record);
  t.equal(fake.batches.length, 1);
  t.equal(
    fake.batches[0]?.[0],
    `link add name ${record.bridge} address 0a:58:0a:f6:00:01 mtu 1400 group ${groupOf(INSTANCE.id)} type bridge`,
  );
  t.equal(fake.batches[0]?.[1], `link set dev ${record.bridge} alias "${mark(ownerOf(record))}"`);
  t.same(fake.transactions, [
    tableText(record) + forwardingText(INSTANCE.id, { prior: { eth0: '0' }, guarded: ['eth0'], bridges: [] }),
  ]);
  t.ok(fake.written.includes(`net/ipv4/conf/${record.bridge}/forwarding=1`));
  t.ok(fake.written.includes('net/ipv4/conf/eth0/forwarding=1'));
  t.notOk(
    fake.written.some((line) => line.includes('ip_forward')),
    'never ip_forward',
  );

  await t.rejects(createNetwork(fake.host, root, { name: 'default' }), /exists already/);
  const refused = (subnet: string, message: string | RegExp) =>
    t.rejects(createNetwork(fake.host, root, { name: 'other', subnet }), { name: 'InputError', message });
  await refused('10.244.7.0/24', 'subnet 10.244.7.0/24 overlaps the route 10.244.0.0/16 dev docker0');
  await refused('10.0.0.0/8', /overlaps the route/);
  await refused('10.246.3.0/24', 'subnet 10.246.3.0/24 overlaps network "default" (10.246.0.0/16)');
  t.same(networkNames(root), ['default'], 'nothing stays of what was refused');
  const ptp = await createNetwork(fake.host, root, {
    name: 'routed',
    type: 'ptp',
    subnet: '10.9.0.0/24',
    mtu: 9000,
  });
  t.notOk('bridge' in ptp);
  t.match(ptp, { mtu: 9000, onDemand: false });
  t.not(ptp.table, record.table);
  t.not(ptp.uid, record.uid);

  fake.written.length = 0;
  await removeNetwork(fake.host, root, ptp);
  t.same(fake.written, [], 'another network still needs the host’s settings');
  await removeNetwork(fake.host, root, record);
  t.ok(fake.written.includes('net/ipv4/conf/eth0/forwarding=0'), 'the last one puts them back');
  t.same(readdirSync(join(root, 'networks')), []);

  const failing = fakeHost({ routes: [], links: [], failNft: true });
  await t.rejects(createNetwork(failing.host, root, { name: 'x' }), /nft says no/);
  t.same(
    failing.doing,
    ['nft', 'ip'],
    'failed, and made beside it; no table bears the mark, and none is removed',
  );
  t.same(networkNames(root), []);
  const full = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((to) => ({ to }));
  await t.rejects(
    createNetwork(fakeHost({ routes: full, links: [] }).host, root, { name: 'y' }),
    /every private subnet overlaps a route/,
  );
});

t.test('the devices of a router are not looked at: a pod there costs nothing for each of them', async (t) => {
  const networks = t.testdir();
  const listed = async (router: string) => {
    const { host } = fakeHost({ routes: [], links: [] });
    const read = (path: string) => (path === 'net/ipv4/ip_forward' ? router : host.sysctl.read(path));
    const seen: string[] = [];
    const list: Sysctl['list'] = (path, isWanted) => {
      seen.push(path);
      return host.sysctl.list(path, isWanted);
    };
    const sysctl = { ...host.sysctl, read, list };
    await openForwarding({ ...host, sysctl }, { instance: INSTANCE.id, networks, bridges: [] });
    return seen;
  };
  t.same(await listed('1'), []);
  t.not((await listed('0')).length, 0, 'where nslab opens them it must (control)');
});

// `lo`, because it exists. The fake host only records, so nothing is deleted.
t.test('a link is deleted only when it is ours', async (t) => {
  for (const [alias, deleted] of [
    [mark(WEB), 1],
    [mark({ ...WEB, label: 'pod/renamed' }), 1],
    [mark({ ...WEB, uid: 'a2' }), 0],
    [mark({ ...WEB, instance: 'zyxwvuts' }), 0],
    ['nslab:pod/web', 0],
    [undefined, 0],
  ] as const) {
    const fake = fakeHost({ routes: [], links: [link('lo', { alias })] });
    await deleteOurLink(fake.host, 'lo', ({ alias }) => bearsMark(alias, WEB));
    t.equal(fake.batches.length, deleted, `alias ${alias}`);
  }
});

t.test('a bridge is deleted by its mark, or as one that was killed before it was marked', async (t) => {
  const group = groupOf(INSTANCE.id);
  const alias = mark(ownerOf(DEFAULT));
  for (const [facts, deleted] of [
    [{ kind: 'bridge', alias, group }, 1],
    [{ kind: 'bridge', alias, group: 0 }, 1],
    [{ kind: 'bridge', group }, 1],
    [{ kind: 'bridge', group: 0 }, 0],
    [{ kind: 'bridge', group: groupOf('zyxwvuts') }, 0],
    [{ kind: 'bridge', group, alias: 'theirs' }, 0],
    [{ kind: 'bridge', group, alias: mark({ ...ownerOf(DEFAULT), uid: 'b2' }) }, 0],
    [{ kind: 'veth', alias, group }, 0],
  ] as const) {
    const fake = fakeHost({ routes: [], links: [link('lo', facts)] });
    await removeNetwork(fake.host, t.testdir({ networks: {} }), { ...DEFAULT, bridge: 'lo' });
    t.equal(fake.batches.length, deleted, JSON.stringify(facts));
  }
});

t.test('a table is removed by its mark, whatever its name is', async (t) => {
  const { label: _, ...marked } = ownerOf(DEFAULT);
  const fake = fakeHost({
    routes: [],
    links: [],
    tables: [
      { name: DEFAULT.table, handle: '5', comment: undefined },
      { name: 'moved', handle: '6', comment: mark({ ...marked, label: 'network/default' }) },
      { name: 'b2', handle: '7', comment: mark({ ...marked, uid: 'b2', label: 'network/default' }) },
      { name: 'far', handle: '8', comment: mark({ ...marked, instance: 'zyxwvuts', label: 'x' }) },
    ],
  });
  await removeNetwork(fake.host, t.testdir({ networks: {} }), DEFAULT);
  t.same(fake.transactions, [removeTableText('6')]);
});

t.test('records of networks', async (t) => {
  const root = t.testdir({
    networks: { 'b.json': '{}', 'a.json': '{ cut', '.prior': '', 'x.tmp': '', '.c.json': '' },
  });
  t.same(networkNames(root), ['a', 'b']);
  t.same(networkNames(join(root, 'none')), []);
  t.equal(readNetwork(root, 'none'), undefined);
  t.throws(() => readNetwork(root, 'a'), {
    message: /^the record of network "a" cannot be used: it is not JSON.*a\.json/,
    hint: /nslab gc/,
  });
});

/** A bash script in a network namespace that goes away with it. */
function inNetns(script: string, input = '', variables: Readonly<Record<string, string>> = {}) {
  return spawnSync('unshare', ['--net', 'bash', '-c', script], {
    ...{ input, encoding: 'utf8', timeout: 180_000, env: { ...process.env, ...variables } },
  });
}

/** A ruleset that answers from lists and keeps what is applied. */
function settings(initial: Record<string, string>): [Map<string, string>, Sysctl, string[]] {
  const values = new Map(Object.entries(initial));
  const written: string[] = [];
  const sysctl: Sysctl = {
    read: (path) => values.get(path),
    list: (path, isWanted) =>
      [...values.keys()]
        .flatMap((key) => (key.startsWith(`${path}/`) ? (key.split('/')[3] ?? []) : []))
        .filter(isWanted),
    write(path, value) {
      const before = values.get(path) ?? '0';
      if (before !== value) written.push(`${path}=${value}`);
      values.set(path, value);
      return before;
    },
  };
  return [values, sysctl, written];
}

/** A network host that answers from lists and records what it is asked to do. */
function link(name: string, facts: Partial<Link> = {}): Link {
  return { name, index: 1, mtu: 1500, group: 0, ...facts };
}

function fakeHost({
  routes,
  links,
  tables = [],
  failNft = false,
}: {
  routes: Route[];
  links: Link[];
  tables?: Table[];
  failNft?: boolean;
}) {
  const batches: string[][] = [];
  const transactions: string[] = [];
  const doing: string[] = [];
  const kernel = recorder();
  const [, sysctl, written] = settings({ 'net/ipv4/conf/eth0/forwarding': '0' });
  const host = {
    kernel,
    files: openFiles(kernel.transcript),
    sysctl,
    held: new Set<number>(),
    warn: () => {},
    instance: () => INSTANCE,
    ip: openIp(kernel, []),
    net: {
      name: 'ip' as const,
      openNetnsSocket: () => undefined,
      tables: async () => tables,
      chains: async () => [],
      apply: async (operations: readonly Operation[]) => {
        doing.push('ip');
        batches.push(operations.map(ipWords));
      },
      links: async () => links,
      link: async (name: string) => links.find((link) => link.name === name),
      routes: async () => routes,
      hasPolicyRules: async () => false,
    },
    conntrack: { forget: () => {}, forgetAt: () => {} },
    firewalld: {
      isRunning: async () => false,
      trusts: async () => false,
      trust: async () => {},
      distrust: async () => {},
    },
    nft: {
      apply: async (text: string) => {
        doing.push('nft');
        transactions.push(text);
        if (failNft && doing.filter((tool) => tool === 'nft').length === 1) throw new Error('nft says no');
      },
      list: async () => [],
      refuseUnable: () => {},
    },
  };
  return { host, batches, transactions, written, doing };
}
