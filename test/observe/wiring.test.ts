import t from 'tap';
import { connect, type ReadNetns } from '../../src/observe/connect-links.ts';
import { type RawInterface, readInterfaces } from '../../src/observe/interfaces.ts';
import { nsfsMounts } from '../../src/observe/nsfs-mounts.ts';
import { HOST, owners } from '../../src/observe/owner.ts';
import type { Owner } from '../../src/spec/wiring.ts';
import { nsidOf } from '../../src/sys/netlink/nsid.ts';
import { NetlinkSocket } from '../../src/sys/netlink/socket.ts';
import { recorder } from '../sys/recorder.ts';

const newNsid = (sequence: number) => [28, 0, 0, 0, 88, 0, 0, 0, sequence, ...Array(11).fill(0)];

t.test('the other end of a link is found by namespace and index, not by name', async (t) => {
  const [one, two, three] = [
    netns(
      1,
      [
        veth(2, { linkIndex: 2, nsid: 0 }),
        veth(5, { link: 'near' }),
        { ...veth(6, { link: 'x5' }), name: 'near' },
      ],
      [[0, 3]],
    ),
    netns(2, [veth(2, { linkIndex: 2, nsid: 7 })], []),
    netns(3, [veth(2, { linkIndex: 2, nsid: 4 })], [[4, 1]]),
  ];
  const { places, cables } = connect([one, two, three]);
  const peer = (at: number, index: number) =>
    places[at]?.interfaces.find((each) => each.index === index)?.peer;
  t.same(peer(0, 2), { inode: 3, index: 2, name: 'x2' }, 'in another namespace');
  t.same(peer(2, 2), { inode: 1, index: 2, name: 'x2' }, 'and back');
  t.same(peer(0, 5), { inode: 1, index: 6, name: 'near' }, 'in the same one');
  t.equal(
    peer(1, 2),
    'unreachable',
    'in a namespace that was not found, with the same names and indices (control)',
  );
  t.same(
    cables.map(({ ends: [a, b] }) => [a.inode, a.index, b.inode, b.index]),
    [
      [1, 2, 3, 2],
      [1, 5, 1, 6],
    ],
    'each link once',
  );
});

t.test('links with a lower link, and tunnels that were moved', async (t) => {
  const raw = (kind: string, index: number, linkIndex: number) => ({
    ...veth(index, { linkIndex, nsid: 0 }),
    kind,
  });
  const far = netns(9, [{ ...veth(3, {}), kind: 'ether', name: 'eth0' }], []);
  const { places, cables } = connect([
    netns(1, [raw('macvlan', 3, 3), raw('vxlan', 4, 4), raw('vxlan', 5, 3)], [[0, 9]]),
    far,
  ]);
  const [macvlan, moved, over] = places[0]?.interfaces ?? [];
  t.match(macvlan?.peer, { inode: 9, index: 3, name: 'eth0' }, 'also when both have the same index');
  t.match(
    [moved?.peer, moved?.detail],
    [null, 'through netns 9'],
    'a lower link with the tunnel’s own index means: none',
  );
  t.match(over?.peer, { inode: 9, index: 3 });
  t.same(
    cables.map(({ kind, ends }) => [kind, ends[1].name]),
    [
      ['macvlan', 'eth0'],
      ['vxlan', 'eth0'],
    ],
  );
});

t.test('interfaces from `ip -details -json address`', async (t) => {
  const vxlan = {
    info_kind: 'vxlan',
    info_data: { id: 42, remote: '192.0.2.9', link: 'eth0', port: 4789, ttl: 0 },
  };
  const answer = [
    {
      ifindex: 1,
      ifname: 'lo',
      link_type: 'loopback',
      flags: ['UP'],
      mtu: 65536,
      address: '00:00:00:00:00:00',
      addr_info: [{ local: '127.0.0.1', prefixlen: 8 }],
    },
    {
      ifindex: 4,
      ifname: 'vx0',
      link_type: 'ether',
      flags: [],
      mtu: 1450,
      address: 'de:b5:2b:64:35:8a',
      linkinfo: vxlan,
      master: 'br0',
    },
    {
      ifindex: 5,
      ifname: 'ptp',
      link_type: 'none',
      flags: ['UP'],
      addr_info: [{ local: '10.0.0.1', address: '10.0.0.2', prefixlen: 32 }],
      link_index: 7,
      link_netnsid: 1,
    },
  ];
  const asked: string[][] = [];
  const interfaces = await readInterfaces({
    query: async (_, ...words) => answer.slice(asked.push(words) - 1),
  });
  t.same(asked, [['-details', 'address']]);
  t.match(interfaces[0], { kind: 'loopback', up: true, mac: null, addresses: ['127.0.0.1/8'], detail: null });
  t.match(interfaces[1], {
    kind: 'vxlan',
    up: false,
    master: 'br0',
    mac: 'de:b5:2b:64:35:8a',
    detail: '42 to 192.0.2.9 port 4789 over eth0',
  });
  t.match(interfaces[2], { addresses: ['10.0.0.1/32'], linkIndex: 7, nsid: 1 });
});

t.test('namespaces in mountinfo, with escaped characters in the path', async (t) => {
  const line = (root: string, point: string, type: string) =>
    `36 35 0:3 ${root} ${point} rw shared:2 - ${type} ${type} rw`;
  const text = [
    line('net:[4026532001]', '/run/netns/a\\040b\\134\\303\\251%41', 'nsfs'),
    line('/', '/proc', 'proc'),
    line('odd:[1]', '/x', 'nsfs'),
    '',
  ];
  t.same(nsfsMounts(text.join('\n')), [{ kind: 'net', inode: 4026532001, path: '/run/netns/a b\\é%41' }]);
  t.same(
    nsfsMounts(line('net:[1]', '/x', 'tmpfs')),
    [],
    'a similar line of another file system is ignored (control)',
  );
});

t.test('the owner of a namespace: one member, or the whole pod when several use it', async (t) => {
  const pod = (member?: string): Owner => ({
    by: 'pod',
    name: 'web',
    ...(member !== undefined && { member }),
  });
  const table: Record<number, Owner> = {
    1: HOST,
    2: pod(),
    3: pod('nginx'),
    4: pod('busybox'),
    5: { by: 'docker', name: 'db' },
  };
  const of = (...pids: number[]) =>
    owners(
      { kind: 'net', inode: 1, threads: 1, references: pids.map((pid) => ({ by: 'process' as const, pid })) },
      (pid) => table[pid],
    );
  t.same(of(3), [pod('nginx')]);
  t.same(of(3, 4), [pod()]);
  t.same(of(2, 3), [pod()]);
  t.same(of(3, 5), [pod('nginx'), { by: 'docker', name: 'db' }]);
  t.same(of(9), [], 'no owner (control)');
  const mount = { by: 'mount' as const, path: '/run/netns/blue', mnt: 1, pid: 1 };
  t.same(
    owners({ kind: 'net', inode: 1, threads: 0, references: [mount] }, () => HOST),
    [{ by: 'netns', name: 'blue' }],
  );
  t.same(
    owners({ kind: 'uts', inode: 1, threads: 0, references: [mount] }, () => HOST),
    [],
    'only a network namespace has a name in /run/netns (control)',
  );
});

t.test('RTM_GETNSID: the request byte by byte, and the answers', async (t) => {
  const answers = [
    [...newNsid(1), 8, 0, 1, 0, 5, 0, 0, 0],
    [...newNsid(2), 8, 0, 1, 0, 255, 255, 255, 255],
    [36, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 234, 255, 255, 255, ...Array(16).fill(0)],
  ];
  const kernel = recorder({
    socket: 8,
    recv: ([, buffer]) => Buffer.from(answers.shift() ?? []).copy(buffer as Buffer),
  });
  const socket = NetlinkSocket.open(kernel);
  t.equal(nsidOf(socket, 9), 5);
  t.equal(nsidOf(socket, 9), undefined, '-1: the namespace has no nsid there');
  t.equal(nsidOf(socket, 9), undefined, 'an error');
  const sent = kernel.events.filter(({ call }) => call === 'send');
  t.match(sent[0]?.args, /^8, /);
  t.equal(
    sent[0]?.bytes,
    Buffer.from([28, 0, 0, 0, 90, 0, 1, 0, 1, ...Array(11).fill(0), 8, 0, 3, 0, 9, 0, 0, 0]).toString('hex'),
  );
});

function veth(index: number, where: Partial<RawInterface>): RawInterface {
  return {
    ...{
      index,
      name: `x${index}`,
      kind: 'veth',
      up: true,
      mac: null,
      mtu: 1500,
      addresses: [],
      master: null,
      detail: null,
    },
    ...{ link: undefined, linkIndex: undefined, nsid: undefined },
    ...where,
  };
}

function netns(inode: number, interfaces: RawInterface[], nsids: [number, number][]): ReadNetns {
  return {
    inode,
    label: `netns ${inode}`,
    whose: [],
    inside: [],
    nat: [],
    interfaces,
    nsids: new Map(nsids),
  };
}
