import t from 'tap';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { leftBehind } from './left-behind.ts';
import { PretendHost } from './pretend-host.ts';
import { diff } from './snapshot.ts';

/** A leftover, the command that removes it, and the snapshot lines that must show it. */
const LEFTOVERS: readonly { what: string; make: string; undo: string; seen: RegExp }[] = [
  {
    what: 'a veth',
    make: 'ip link add v0 type veth peer name v1',
    undo: 'ip link del v0',
    seen: /^\+ link: v0 /,
  },
  { what: 'a bridge', make: 'ip link add b0 type bridge', undo: 'ip link del b0', seen: /^\+ link: b0 / },
  {
    what: 'an address',
    make: 'ip addr add 10.1.1.1/32 dev lo',
    undo: 'ip addr del 10.1.1.1/32 dev lo',
    seen: /^\+ addr: lo /,
  },
  {
    what: 'an alias',
    make: 'ip link set lo alias x',
    undo: "ip link set lo alias ''",
    seen: /^\+ link: lo .*"ifalias":"x"/,
  },
  {
    what: 'a route',
    make: 'ip route add blackhole 10.2.0.0/16 table 77',
    undo: 'ip route flush table 77',
    seen: /^\+ route: .*10\.2\.0\.0/,
  },
  {
    what: 'a v6 route',
    make: 'ip -6 route add blackhole fd00::/64',
    undo: 'ip -6 route del blackhole fd00::/64',
    seen: /^\+ route: .*fd00::/,
  },
  {
    what: 'a rule',
    make: 'ip rule add fwmark 9 table 77',
    undo: 'ip rule del fwmark 9',
    seen: /^\+ rule: v4 /,
  },
  {
    what: 'a v6 rule',
    make: 'ip -6 rule add fwmark 9 table 77',
    undo: 'ip -6 rule del fwmark 9',
    seen: /^\+ rule: v6 /,
  },
  {
    what: 'a neighbour',
    make: 'ip neigh add 203.0.113.9 lladdr 02:00:00:00:00:09 dev uplink nud permanent',
    undo: 'ip neigh del 203.0.113.9 dev uplink',
    seen: /^\+ neigh: permanent /,
  },
  {
    what: 'an fdb entry',
    make: 'bridge fdb add 02:00:00:00:00:09 dev uplink self permanent',
    undo: 'bridge fdb del 02:00:00:00:00:09 dev uplink self',
    seen: /^\+ fdb: /,
  },
  {
    what: 'an nft table',
    make: 'nft add table inet t',
    undo: 'nft delete table inet t',
    seen: /^\+ nft: .*"name":"t"/,
  },
  {
    what: 'an nft rule in a foreign chain',
    make: "nft 'add table ip u; add chain ip u c; add rule ip u c accept'",
    undo: 'nft delete table ip u',
    seen: /^\+ nft: .*"accept"/,
  },
  { what: 'a mount', make: 'mount -t tmpfs left /mnt', undo: 'umount /mnt', seen: /^\+ mount: .*\/mnt / },
  {
    what: 'a file in /run',
    make: 'mkdir /run/a && echo > /run/a/b',
    undo: 'rm -r /run/a',
    seen: /^\+ run: .*\/run\/a\/b/,
  },
  {
    what: 'a mode in /run',
    make: 'chmod 700 /run/mount',
    undo: 'chmod 755 /run/mount',
    seen: /^\+ run: drwx------/,
  },
  {
    what: 'a symlink in /run',
    make: 'ln -s /proc/1/ns/net /run/l',
    undo: 'rm /run/l',
    seen: /^\+ run: .*\/run\/l \/proc\/1\/ns\/net/,
  },
  {
    what: 'a file in the own /tmp',
    make: 'echo > /tmp/left',
    undo: 'rm /tmp/left',
    seen: /^\+ tmp: .*\/tmp\/left/,
  },
  {
    what: 'a sysctl',
    make: 'echo 1 > /proc/sys/net/ipv4/ip_forward',
    undo: 'echo 0 > /proc/sys/net/ipv4/ip_forward',
    seen: /^\+ sysctl: net\/ipv4\/ip_forward:1/,
  },
  {
    what: 'a hostname',
    make: 'hostname > /run/n; hostname left',
    undo: 'hostname -F /run/n; rm /run/n',
    seen: /^\+ uts: left/,
  },
  { what: 'a message queue', make: 'ipcmk -Q', undo: 'ipcrm -a', seen: /^\+ sysvipc: / },
  {
    what: 'a process',
    make: 'sleep 100 >/dev/null 2>&1 & echo $! > /run/p',
    undo: 'kill $(< /run/p); rm /run/p',
    seen: /^\+ process: \d+ \(sleep\)/,
  },
  {
    what: 'a netns that a bind mount names',
    make: 'ip netns add left',
    undo: 'ip netns del left; umount -l /run/netns; rmdir /run/netns',
    seen: /^\+ mount: .*net:\[\d+\] \/run\/netns\/left/,
  },
  {
    what: 'a netns that a process keeps',
    make: 'unshare --net sleep 100 >/dev/null 2>&1 & echo $! > /run/p; sleep 0.3',
    undo: 'kill $(< /run/p); rm /run/p',
    seen: /^\+ namespace: net:\[\d+\] held by a thread/,
  },
  {
    what: 'a netns that only a descriptor keeps',
    make: `{ unshare --net sleep 100 & } >/dev/null 2>&1; n=$!
      until [ "$(readlink /proc/$n/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
      sleep 100 >/dev/null 2>&1 9</proc/$n/ns/net & echo $! > /run/p
      until [ -e /proc/$!/fd/9 ]; do sleep 0.02; done; kill $n`,
    undo: 'kill $(< /run/p); rm /run/p',
    seen: /^\+ namespace: net:\[\d+\] held by a descriptor/,
  },
  {
    what: 'a zombie',
    make: `bash -c 'sleep 0.05 & exec -a parent sleep 100' >/dev/null 2>&1 & echo $! > /run/p; sleep 0.3`,
    undo: 'kill $(< /run/p); rm /run/p',
    seen: /^\+ process: \d+ \(sleep\) zombie/,
  },
];

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('two snapshots of a host at rest are equal', async (t) => {
    await using host = await PretendHost.create({ tmp: true, uplink: true });
    const before = await host.snapshot();
    const after = await host.snapshot();
    t.same(diff(before, after), []);
    t.ok(before.length > 500, `${before.length} facts`);
    t.notMatch(
      before.join('\n'),
      /\((cat|find|grep|ip|nft|nsenter|strace)\)/,
      'the snapshot does not see itself',
    );
  });

  t.test('traffic and time change nothing', async (t) => {
    await using host = await PretendHost.create({ tmp: true, uplink: true });
    await host.run([
      'bash',
      '-c',
      'ip link add b0 type bridge; ip link set b0 up; ip addr add 10.9.9.1/24 dev b0 nodad',
    ]);
    // The bridge's link-local address is tentative at first.
    const tentative = async () => (await host.run(['ip', '-6', 'addr', 'show', 'tentative'])).stdout;
    await until(async () => (await tentative()) === '');
    await host.run(['bash', '-c', 'echo > /dev/tcp/203.0.113.1/9']); // learns the neighbour
    const before = await host.snapshot();
    await host.run(
      [
        'bash',
        '-c',
        'echo > /dev/tcp/203.0.113.1/9; echo > /dev/udp/127.0.0.1/9; echo > /dev/tcp/10.9.9.2/9',
      ],
      { timeout: 1500 },
    );
    t.same(diff(before, await host.snapshot()), []);
  });

  t.test('negative controls: each thing that is left is seen, and gone when it is gone', async (t) => {
    await using host = await PretendHost.create({ tmp: true, uplink: true });
    const before = await host.snapshot();
    for (const { what, make, undo, seen } of LEFTOVERS) {
      t.match(await host.run(['bash', '-c', make]), { status: 0, outputHeld: false }, `${what}: made`);
      const lines = diff(before, await host.snapshot());
      t.ok(
        lines.some((line) => seen.test(line)),
        `${what}: seen`,
        { lines },
      );
      t.match(await host.run(['bash', '-c', undo]), { status: 0 }, `${what}: taken away`);
      t.same(await leftBehind(host, before), [], `${what}: restored`);
    }
  });

  t.test('diff counts, and says only what differs', async (t) => {
    t.same(diff(['a: 1', 'b: 2', 'c: 3'], ['b: 2', 'c: 3', 'c: 3', 'd: 4']), ['- a: 1', '+ c: 3', '+ d: 4']);
  });
}
