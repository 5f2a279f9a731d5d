import { execFileSync } from 'node:child_process';
import t from 'tap';
import type { Chain, Link, Route, Table } from '../../src/net/driver.ts';
import type { Operation } from '../../src/net/operations.ts';
import type { Event } from '../../src/transcript/event.ts';
import { bundle, PLAIN } from '../bundle.ts';
import { requires } from '../requires.ts';

const chainName = ({ family, table, name }: Chain) => `${family} ${table} ${name}`;

interface Outcome {
  readonly there: { readonly links: Record<string, unknown>[]; readonly routes: object[] };
  readonly said: {
    readonly links: Link[];
    readonly routes: Route[];
    readonly hasPolicyRules: boolean;
    readonly none?: Link;
    readonly tables: Table[];
    readonly chains: Chain[];
  };
  readonly failures: readonly string[];
  readonly events: readonly Event[];
}

const VETH = {
  do: 'addVeth',
  name: 'v0',
  peer: 'v1',
  peerMac: '0a:58:0a:f4:00:02',
  peerNetnsOf: 0,
  mtu: 1400,
  group: 70001,
} as const;

/** Every row of the table; as one pod after the other would have them. */
const LIFE: Operation[] = [
  { do: 'setUp', name: 'lo' },
  { do: 'addBridge', name: 'br0', mac: '0a:58:0a:f4:00:01', mtu: 1400, group: 70001 },
  { do: 'setAlias', name: 'br0', alias: 'nslab:abcdefgh:1 network/default' },
  { do: 'setNoAutoAddress', name: 'br0' },
  { do: 'addAddress', cidr: '10.244.0.1/16', name: 'br0' },
  { do: 'setUp', name: 'br0' },
  VETH,
  { do: 'setAlias', name: 'v0', alias: 'nslab:abcdefgh:2 pod/wéb' },
  { do: 'setNoAutoAddress', name: 'v0' },
  { do: 'setMaster', name: 'v0', master: 'br0' },
  { do: 'setHairpin', name: 'v0' },
  { do: 'setUp', name: 'v0' },
  { do: 'setNoAutoAddress', name: 'v1' },
  { do: 'addAddress', cidr: '10.9.0.2/32', name: 'v1' },
  { do: 'setUp', name: 'v1' },
  { do: 'addLinkRoute', destination: '10.9.0.1', name: 'v1' },
  { do: 'addLinkRoute', destination: '10.10.0.0/16', name: 'v1' },
  { do: 'addRoute', destination: '10.20.0.0/16', gateway: '10.9.0.1', name: 'v1' },
  { do: 'setFirstRoute', destination: '10.11.0.0/16', name: 'v1' },
  { do: 'setFirstRoute', destination: '10.11.0.0/16', name: 'v1' },
  { do: 'addDefaultRoute', gateway: '10.9.0.1', name: 'v1' },
  { do: 'setGroup', name: 'v0', group: 70000 },
];

if (requires(t, 'root', 'ip', 'nft')) {
  t.test('two drivers, one table', async (t) => {
    const program = await bundle(t, new URL('drivers-probe.ts', import.meta.url));
    const run = (driver: string, batches: Operation[][], rules = '', before: string[] = []): Outcome => {
      const first = ['sh', '-ec', `${before.join('\n')}\nexec "$@"`, 'sh'];
      const words = [
        ...PLAIN,
        'unshare',
        '--net',
        '--',
        ...first,
        process.execPath,
        program,
        driver,
        JSON.stringify(batches),
        rules,
      ];
      return JSON.parse(execFileSync('env', words, { maxBuffer: 2 ** 24 }).toString());
    };
    const both = (...batches: Operation[][]) => [run('ip', batches), run('netlink', batches)] as const;

    t.test('what is there afterwards is the same', async (t) => {
      const [ip, netlink] = both(LIFE);
      t.same([ip.failures, netlink.failures], [[], []]);
      t.same(relations(netlink), relations(ip));
      t.equal(netlink.there.links.filter(({ ifname }) => /^(lo|br0|v0|v1)$/.test(String(ifname))).length, 4);
      const [without] = both(LIFE.filter((each) => each.do !== 'setHairpin'));
      t.notSame(relations(without), relations(ip), 'one operation less is seen (control)');
    });

    t.test('asked, both answer the same', async (t) => {
      const [ip, netlink] = both(LIFE);
      const named = ({ said: { links, routes, none } }: Outcome) => ({
        // Of a link that was given none the MAC is random.
        links: links.map(({ index: _, mac, ...link }) => ({
          ...link,
          mac: link.name === 'v0' ? typeof mac : mac,
        })),
        routes: routes.sort((a, b) => `${a.to}${a.device}`.localeCompare(`${b.to}${b.device}`)),
        none,
      });
      t.same(named(netlink), named(ip));
      t.ok(netlink.said.routes.some(({ to, device }) => to === 'default' && device === 'v1'));
    });

    t.test('so they do of a route by several devices, and of one in another table', async (t) => {
      const [ip, netlink] = (['ip', 'netlink'] as const).map((driver) =>
        run(driver, [], '', [
          'ip link add d0 up type veth peer name e0',
          'ip link add d1 up type veth peer name e1',
          'ip route add default table 99 nexthop dev d0 nexthop dev d1 weight 3',
          'ip route add 0.0.0.0/1 dev d1 table 100',
        ])
          .said.routes.filter(({ device }) => /^d\d$/.test(device ?? ''))
          .map(({ to, device }) => `${to} ${device}`)
          .sort(),
      );
      t.same(netlink, ip);
      t.same(netlink, ['0.0.0.0/1 d1', 'default d0', 'default d1']);
    });

    t.test('so they do of rules', async (t) => {
      for (const [rule, found] of [
        ['true', false],
        ['ip rule add lookup main pref 100', false],
        ['ip rule add not fwmark 51820 table 51820', true],
        ['ip rule add to 10.0.0.0/8 table 7', true],
      ] as const)
        for (const driver of ['ip', 'netlink'])
          t.equal(run(driver, [], '', [rule]).said.hasPolicyRules, found, `${driver}: ${rule}`);
    });

    t.test('so they do of chains', async (t) => {
      const rules = (policy: string) => `
        table ip filter {
          chain FORWARD { type filter hook forward priority 0; policy ${policy}; }
          chain INPUT { type filter hook input priority 0; policy drop; }
          chain DOCKER-USER { }
        }
        table ip nat {
          chain FORWARD { type nat hook postrouting priority 100; }
        }
        table ip6 filter {
          chain FORWARD { type filter hook forward priority 0; policy drop; }
        }
        table inet other {
          chain f { type filter hook forward priority 0; policy ${policy}; }
        }
        table bridge other {
          chain f { type filter hook forward priority 0; policy accept; }
        }`;
      for (const [policy, dropping] of [
        ['drop', ['ip filter FORWARD', 'inet other f']],
        ['accept', []],
      ] as const) {
        const [ip, netlink] = (['ip', 'netlink'] as const).map((driver) =>
          run(driver, [], rules(policy)).said.chains.sort((a, b) => (chainName(a) < chainName(b) ? -1 : 1)),
        );
        t.same(netlink, ip, policy);
        t.equal(ip?.length, 6, 'and none of IPv6');
        t.same(
          netlink
            ?.toReversed()
            .flatMap(({ family, table, name, dropsForwarded }) =>
              dropsForwarded ? `${family} ${table} ${name}` : [],
            ),
          dropping,
        );
      }
      t.same(run('netlink', []).said.chains, [], 'where there is none (control)');
    });

    t.test('so they do of tables, with their comments', async (t) => {
      const said = (rules: string) =>
        (['ip', 'netlink'] as const).map((driver) =>
          run(driver, [], rules).said.tables.sort((a, b) => a.name.localeCompare(b.name)),
        );
      const comment = 'comment "nslab:abcdefgh:1 network/default";';
      const [ip, netlink] = said(`
        table ip ours { ${comment}
          map hostports { type inet_service : ipv4_addr; ${comment} }
        }
        table ip theirs { }
        table ip6 ours6 { ${comment} }`);
      t.same(netlink, ip);
      t.match(netlink, [
        { name: 'ours', handle: /^[1-9]\d*$/, comment: 'nslab:abcdefgh:1 network/default' },
        { name: 'theirs', handle: /^[1-9]\d*$/ },
      ]);
      t.equal(netlink?.length, 2, 'and none of IPv6');
      t.equal(netlink?.[1]?.comment, undefined, 'no comment (control)');
      t.not(netlink?.[0]?.handle, netlink?.[1]?.handle, 'each has a handle of its own');
      t.same(said(''), [[], []], 'where there is none (control)');
    });

    t.test('a link has its group number from its creation on', async (t) => {
      const groups = ({ said: { links } }: Outcome) =>
        Object.fromEntries(links.map(({ name, group }) => [name, group]));
      for (const outcome of both([VETH, LIFE[1] as Operation])) {
        t.match(groups(outcome), { v0: 70001, br0: 70001 });
        t.match(groups(outcome), { lo: 0, v1: 0 }, 'and no other link (control)');
      }
    });

    t.test('deleted, alone and as a group', async (t) => {
      const more: Operation[] = [
        { ...VETH, name: 'w0', peer: 'w1' },
        { do: 'setGroup', name: 'w0', group: 70000 },
      ];
      for (const { there, failures } of both(LIFE, more, [{ do: 'deleteGroup', group: 70000 }])) {
        t.same(failures, []);
        t.same(
          there.links.map(({ ifname }) => ifname),
          ['lo', 'br0'],
        );
      }
      for (const { there } of both([VETH], [{ do: 'deleteLink', name: 'v1' }]))
        t.same(
          there.links.map(({ ifname }) => ifname),
          ['lo'],
        );
    });

    t.test('a failure names its operation, and the kernel’s reason', async (t) => {
      const wrong: [Operation[], RegExp, RegExp][] = [
        [[VETH, VETH], /^ip link add name v0 .* failed: /, /exists/i],
        [
          [{ do: 'setUp', name: 'no' }],
          /^ip link set dev no up failed: /,
          /Cannot find device "no"|no such device/,
        ],
        [
          [
            { do: 'setUp', name: 'lo' },
            { do: 'deleteLink', name: 'no' },
          ],
          /^ip link delete dev no failed: /,
          /device/,
        ],
        [
          [{ do: 'addAddress', cidr: '10.0.0.1/8', name: 'no' }],
          /^ip address add 10.0.0.1\/8 dev no failed: /,
          /device/i,
        ],
        [
          [
            { do: 'setUp', name: 'lo' },
            { do: 'addDefaultRoute', gateway: '10.1.2.3', name: 'lo' },
          ],
          /^ip route add default via 10.1.2.3 dev lo failed: /,
          /Nexthop has invalid gateway/,
        ],
        [
          [VETH, { do: 'setMaster', name: 'v0', master: 'lo' }],
          /^ip link set dev v0 master lo failed: /,
          /not supported|enslave/i,
        ],
        [
          [VETH, { do: 'setHairpin', name: 'v0' }],
          /^ip link set dev v0 type bridge_slave hairpin on failed: /,
          /./,
        ],
      ];
      for (const [operations, what, why] of wrong)
        for (const { failures } of both(operations)) {
          t.equal(failures.length, 1, String(operations.at(-1)?.do));
          t.match(failures[0], what);
          t.match(failures[0], why);
        }
    });

    t.test('nothing is done to a foreign link that has the name', async (t) => {
      for (const { there, failures } of both(
        [VETH],
        [VETH, { do: 'setAlias', name: 'v0', alias: 'nslab:abcdefgh:3 pod/web' }],
      )) {
        t.equal(failures.length, 1);
        t.notOk(
          there.links.some(({ ifalias }) => ifalias),
          'the mark was not put on it',
        );
      }
    });

    t.test('the transcript has the same words, and for each message its bytes', async (t) => {
      const [ip, netlink] = both(LIFE);
      const lines = ({ events }: Outcome) =>
        events
          .flatMap(({ input }) => input?.trimEnd().split('\n') ?? [])
          .map((line) => line.replace(/netns \d+/, ''));
      t.same(lines(netlink), lines(ip));
      t.equal(lines(ip).length, LIFE.length);
      for (const { channel, call, bytes, args } of netlink.events)
        if (channel === 'netlink') {
          t.equal(call, 'send');
          const sent = Buffer.from(bytes ?? '', 'hex');
          t.match(args, new RegExp(`, ${sent.length}, 0$`));
          const types: number[] = [];
          for (let at = 0; at < sent.length; at += (sent.readUInt32LE(at) + 3) & ~3)
            types.push(sent.readUInt16LE(at + 4));
          t.equal(types.length, args.match(/RTM_|NFT_MSG_/g)?.length, args);
        }
      t.match(
        netlink.events.findLast(({ input }) => input)?.evidence?.find((line) => line.startsWith('v0: ')),
        /^v0: ifindex \d+, peer's ifindex \d+, mtu 1400, state up, master br0$/,
      );
    });
  });
}

/** What `ip` says is there, without what differs from one namespace to the next: indexes, random MACs, a bridge's clocks. */
function relations({ there: { links, routes } }: Outcome): object {
  // And what the kernel is still about to find out: a carrier, whether an IPv6 address is somebody else's.
  const passing =
    /^(ifindex|link_index|address|.*timer|.*_id|id|.*_life_time|operstate|state|tentative|port_state|.*_changed?)$/;
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => !passing.test(key));
    return Object.fromEntries(kept.map(([key, each]) => [key, strip(each)]));
  };
  const given = links.filter(({ ifname }) => ifname === 'br0' || ifname === 'v1');
  return { links: links.map(strip), macs: given.map(({ address }) => address), routes };
}
