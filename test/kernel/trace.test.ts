import t, { type Test } from 'tap';
import type { Trace } from '../../src/spec/trace.ts';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';
import { FAULTS, OUT } from './trace-faults.ts';

/** Whether frames that a bridge passes on go through the hooks of IP, too. */
const BRIDGE_FILTER = '/proc/sys/net/bridge/bridge-nf-call-iptables';

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('who stops a packet: as a client gets it, and as the fault was made', (t) =>
    onFreshHost(t, async (on) => {
      const pids = await topology(on);
      const { sh, must } = on;
      const probes = [...new Set(FAULTS.map(({ probe }) => probe))];
      for (const probe of probes) {
        t.match(
          (await trace(on, probe)).verdict,
          { result: 'reached', cure: null },
          `${probe}: without a fault`,
        );
        t.equal(await client(on, pids, probe), 'reached', `${probe}: so a client finds`);
      }
      for (const { what, fault, mend, probe, result, at, why } of FAULTS) {
        await sh(withPids(pids, fault));
        const [{ verdict }, found] = await Promise.all([
          trace(on, probe),
          client(on, pids, probe, result === 'dropped' ? 1 : 30),
        ]);
        t.match(verdict, { result, at: { label: at }, why, cure: String }, what);
        t.equal(found, result, `${what}: so a client finds`);
        await sh(withPids(pids, mend));
      }
      for (const probe of probes)
        t.match((await trace(on, probe)).verdict, { result: 'reached' }, `${probe}: mended`);

      t.match((await trace(on, 'lone 203.0.113.1')).verdict, {
        result: 'dropped',
        at: { label: 'pod lone' },
        why: /no interface but lo/,
      });
      for (const probe of ['a tcp b:81', 'a udp b:81', 'a tcp 203.0.113.1:81']) {
        const { verdict } = await trace(on, probe);
        t.match(verdict, { result: 'refused', why: /refuses: nothing listens on (tcp|udp) port 81/ }, probe);
        if (probe.includes('tcp')) t.equal(await client(on, pids, probe), 'refused');
      }
      await ways(t, on, pids);
      await leavesNothing(t, on, pids);

      await must(['down', '--all']);
      await sh(`kill ${pids.servers}; ip netns del blue; umount /run/netns; rmdir /run/netns
        while [ -e /sys/class/net/to-blue ]; do sleep 0.02; done`);
    }),
  );
}

/** The ways of packets that arrive. */
async function ways(t: Test, on: KernelHost, pids: Pids): Promise<void> {
  const hops = ({ hops }: Trace) => hops.map(({ label }) => label);
  for (const filtered of ['0', '1']) {
    await on.sh(`[ ! -e ${BRIDGE_FILTER} ] || echo ${filtered} >${BRIDGE_FILTER}`);
    const inside = await trace(on, 'a tcp b:80');
    t.same(hops(inside), ['pod a', 'this host', 'pod b'], `to a neighbour, br_netfilter ${filtered}`);
    t.match(inside.hops[1], { bridge: 'nslab0', in: /^nsv/, out: /^nsv/, ttl: 64, nat: [] });
  }

  const published = await trace(on, 'a tcp 203.0.113.2:8080');
  t.same(hops(published), ['pod a', 'this host', 'pod b'], 'to a published port');
  t.match(published.hops[1]?.nat.join('\n'), /203\.0\.113\.2:8080 {2}becomes {2}10\.\S+ → 10\.244\.0\.3:80/);
  t.match(published.hops[1]?.rules[0], { chain: 'prerouting', verdict: 'accept', rule: /a published port/ });

  const out = await trace(on, OUT);
  t.match(hops(out), ['pod a', 'this host', /^net:/], 'to the outside');
  t.match(
    out.hops[1]?.nat.join('\n'),
    /10\.244\.0\.2:\d+ → .* becomes {2}203\.0\.113\.2:\d+ → 203\.0\.113\.1:80/,
  );
  t.match(out.hops[1], { out: 'uplink', route: 'dev uplink', ttl: 64 });
  t.equal(out.hops[2]?.ttl, 63, 'a router takes one from the TTL');
  t.match(out.hops[0]?.route, 'via 10.244.0.1 dev eth0');

  const { outside } = pids;
  for (const from of [`${outside}`, `/proc/${outside}/ns/net`])
    t.match(
      (await trace(on, `${from} 203.0.113.2`)).verdict,
      { result: 'reached', at: { label: 'this host' } },
      from,
    );
  t.match((await trace(on, 'blue b')).hops[0], { label: 'netns blue', out: 'eth0' }, 'a name of ip netns');
  t.match(
    (await trace(on, 'a localhost')).hops.map(({ label, in: by }) => [label, by]),
    [
      ['pod a', null],
      ['pod a', 'lo'],
    ],
  );

  const { nslab, must } = on;
  t.match(
    await must(['trace', 'a', 'b:80']),
    /^tcp 10\.244.*\npod a {2}out by eth0[\s\S]*\nreached: pod b answered\n$/,
  );
  t.match(await nslab(['trace', 'a', 'b:80', '--expect', 'reach']), { status: 0, stderr: '' });
  t.match(await nslab(['trace', 'a', 'b:80', '--expect', 'dropped']), {
    status: 3,
    stderr: /expected: dropped, found: reached/,
  });
  const { stderr } = await nslab(['-v', '-v', 'trace', 'a', 'b:80']);
  for (const line of [/NFT_MSG_NEWTABLE/, /flags owner/, /NFNLGRP_NFTRACE/, /connect\(/])
    t.match(stderr, line, 'it is in the transcript');
}

/** While a trace waits, its tables are there; when it is killed, they are gone. */
async function leavesNothing(t: Test, on: KernelHost, pids: Pids): Promise<void> {
  const tables = () =>
    on.sh(
      `nft list tables; for pid in ${pids.a} ${pids.b} ${pids.outside}; do nsenter -t $pid -n nft list tables; done`,
    );
  const count = async () => (await tables()).match(/nslab-trace/g)?.length ?? 0;
  t.equal(await count(), 0, 'nothing is left of all those before');
  // A SYN that nobody answers keeps a trace waiting for seconds.
  await on.sh('ip neigh flush dev uplink');
  const running = on.host.spawn([...on.argv, 'trace', 'a', '203.0.113.77:80']);
  await until(async () => (await count()) >= 4);
  // Stopped, it keeps them for as long as this test takes.
  running.signal('SIGSTOP');
  t.match(
    (await on.host.run(['nft', 'flush', 'ruleset'])).stderr + (await tables()),
    /nslab-trace/,
    'nobody else can delete them',
  );
  running.signal('SIGKILL');
  // nsenter(1) stops with its child.
  running.child.kill('SIGCONT');
  t.match(await running.result, { status: 137 });
  t.ok(await eventually(async () => (await count()) === 0), 'killed: the kernel has removed them');
}

interface Pids {
  readonly a: number;
  readonly b: number;
  readonly lone: number;
  readonly outside: number;
  readonly servers: string;
}

async function topology(on: KernelHost): Promise<Pids> {
  const { must, sh, host } = on;
  await sh('ip netns add blue');
  await must(['hold', 'a']);
  await must(['hold', 'b', '-p', '8080:80']);
  await must(['hold', 'lone', '--network', 'none']);
  const pid = (pod: string) => pidOf(on, `${pod}/pause`);
  const [a, b, lone] = [await pid('a'), await pid('b'), await pid('lone')];
  const outside = host.outside ?? 0;
  const servers = await sh(`
    ip link add to-blue type veth peer name eth0 netns blue
    ip link set to-blue addrgenmode none; ip addr add 10.9.0.1/24 dev to-blue; ip link set to-blue up
    ip -n blue addr add 10.9.0.2/24 dev eth0; ip -n blue link set eth0 up; ip -n blue route add default via 10.9.0.1
    echo 1 >/proc/sys/net/ipv4/conf/to-blue/forwarding
    nsenter -t ${outside} -n ip addr add 203.0.113.9/32 dev lo
    for pid in ${b} ${outside}; do
      nsenter -t $pid -n busybox httpd -f -p 80 -h /run <&- >/dev/null 2>&1 & echo $!
    done`);
  for (const pid of [b, outside])
    await until(async () => (await sh(`nsenter -t ${pid} -n ss -Hltn`)).includes(':80 '));
  return { a, b, lone, outside, servers: servers.trim().replace('\n', ' ') };
}

function withPids({ a, b, lone, outside }: Pids, script: string): string {
  return `a=${a} b=${b} lone=${lone} outside=${outside}\n${script}`;
}

async function trace({ must }: KernelHost, line: string): Promise<Trace> {
  return JSON.parse(await must(['trace', ...line.split(' '), '-o', 'json'])) as Trace;
}

/** What a real client gets within some seconds: few where it is to be silence. */
async function client({ host }: KernelHost, pids: Pids, probe: string, seconds = 30): Promise<string> {
  const [from = '', , to = ''] = probe.split(' ');
  const [name = '', port = ''] = to.split(':');
  const address = name === 'b' ? '10.244.0.3' : name;
  const enter =
    from === 'host'
      ? []
      : ['nsenter', from === 'blue' ? '--net=/run/netns/blue' : `--net=/proc/${pids.a}/ns/net`];
  const connect = ['timeout', String(seconds), 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`];
  const { status, stderr } = await host.run([...enter, ...connect]);
  if (status === 0) return 'reached';
  return stderr.includes('refused') ? 'refused' : 'dropped';
}
