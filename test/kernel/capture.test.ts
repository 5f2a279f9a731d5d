import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Result, Running } from '../campaign/pretend-host.ts';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';
import { type PcapngFile, readPcap, readPcapng } from './pcapng-file.ts';

/** Sends COUNT datagrams of SIZE bytes to port 9, RATE a second. */
const SENDER = `
import socket, sys, time
address, count, size, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
begin = time.monotonic()
for n in range(count):
    s.sendto(n.to_bytes(4, 'big') + bytes(size - 4), (address, 9))
    if n % 100 == 0: time.sleep(max(0, begin + n / rate - time.monotonic()))`;

/** An echo request of IPv6: a pod has no such address. */
const IPV6 = `
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
s.send(bytes.fromhex("3333000000010a580af4000286dd6000000000083aff" + "fe80" + "00" * 13 + "01" + "ff02" + "00" * 13 + "01" + "8000000000010001"))`;

/** What is compared with tcpdump: each by its own filter at the same time. */
const FILTERS = [
  'icmp',
  'tcp and not port 80',
  'tcp dst port 80 or arp',
  'src host a and not icmp',
  'host 10.244.0.1 and (icmp or arp)',
  'net 10.244.0.0/16 and not tcp',
  'not ip',
];
/** By tcpdump's compiler. */
const FOREIGN = ['tcp[tcpflags] & tcp-syn != 0', 'greater 300 and host a'];

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'tcpdump', 'python')) {
  t.test('packets, a line each, with the names of who is who', (t) =>
    onFreshHost(t, async (on) => {
      const { must, sh } = on;
      await sh('ip netns add blue; ip -n blue link set lo up');
      await pods(on);
      const b = await pidOf(on, 'b/pause');
      const ping = `nsenter -t ${await pidOf(on, 'a/pause')} -n busybox ping -c 1 -W 20 10.244.0.3`;
      await sh(ping);

      const inPod = await captured(on, ['a', 'icmp', '-c', '2'], ping);
      t.match(
        inPod.stderr,
        /^nslab: listening on lo, eth0 of a\nnslab: 2 packets captured, 0 dropped by the kernel\n$/,
      );
      const [request = '', reply = ''] = inPod.stdout.split('\n');
      const time = /^\d\d:\d\d:\d\d\.\d{6} /.source;
      t.match(
        request,
        new RegExp(
          `${time}eth0 Out icmp 10\\.244\\.0\\.2 \\(pod a\\) > 10\\.244\\.0\\.3 \\(pod b\\) echo request id \\d+ seq \\d length 64$`,
        ),
      );
      t.match(
        reply,
        new RegExp(
          `${time}eth0 In {2}icmp 10\\.244\\.0\\.3 \\(pod b\\) > 10\\.244\\.0\\.2 \\(pod a\\) echo reply .* length 64$`,
        ),
      );

      const peer = /@if(\d+)/.exec(await sh(`nsenter -t ${b} -n ip -o link show eth0`))?.[1];
      const name = new RegExp(`^${peer}: (\\w+)@`, 'm').exec(await sh('ip -o link'))?.[1] ?? 'none';
      // From this host to b: a bridge, both ends of its link, all see the same packet.
      const places = [
        [[name], name, 'host'],
        [['nslab0'], 'nslab0', 'host'],
        [['host', '-i', 'nslab0'], 'nslab0', 'host'],
        [['b/pause', '-i', 'eth0'], 'eth0', 'b/pause'],
        [[String(b), '-i', 'eth0'], 'eth0', String(b)],
        [[`/proc/${b}/ns/net`, '-i', 'eth0'], 'eth0', `/proc/${b}/ns/net`],
      ] as const;
      const all = places.map(([where]) => start(on, [...where, '-c', '1', 'icmp']));
      await Promise.all(all.map((each) => said(each, /listening on/)));
      await sh('busybox ping -c 1 -W 20 10.244.0.3');
      for (const [at, [where, link, of]] of places.entries()) {
        const found = await all[at]?.result;
        t.match(found, { status: 0, stderr: `listening on ${link} of ${of}\n` }, where.join(' '));
        t.match(
          found?.stdout,
          new RegExp(` ${link} .*10\\.244\\.0\\.1 \\(host\\) > .*\\(pod b\\) echo request`),
          where.join(' '),
        );
      }
      const blue = await captured(
        on,
        ['blue', '-c', '2', 'icmp'],
        'ip netns exec blue busybox ping -c 1 127.0.0.1',
      );
      t.equal(
        blue.stdout.match(/ lo +In {2}icmp 127\.0\.0\.1 > 127\.0\.0\.1 echo re/g)?.length,
        2,
        'the loopback once',
      );
      await sh('ip netns del blue');

      const known = await captured(
        on,
        ['host', '-c', '1', 'src', 'host', 'b', 'and', 'icmp'],
        'busybox ping -c 1 -W 20 10.244.0.3',
      );
      t.match(
        known.stdout,
        /10\.244\.0\.3 \(pod b\) > 10\.244\.0\.1 \(host\) echo reply/,
        'a host by its name',
      );
      const late = await captured(
        on,
        ['host', '-i', 'nslab0', 'arp and src host 10.244.0.4', '-c', '1'],
        async () => {
          await must(['hold', 'late']);
          await sh(`nsenter -t ${await pidOf(on, 'late/pause')} -n busybox ping -c 1 -W 20 10.244.0.1`);
        },
      );
      t.match(
        late.stdout,
        /arp {2}10\.244\.0\.4 \(pod late\) > 10\.244\.0\.1 \(host\) who-has 10\.244\.0\.1\n/,
        'a pod that came later',
      );

      const { stderr } = await captured(on, ['a', '-c', '1', 'icmp'], ping, ['-v']);
      for (const line of [
        /socket\(AF_PACKET/,
        /SO_ATTACH_FILTER/,
        /bind\(.*ETH_P_ALL/,
        /\$ nsenter .*tcpdump -p -i any -c 1 'icmp'/,
        /relay packets/,
      ])
        t.match(stderr, line, 'it is in the transcript');
      await must(['down', '--all']);
      await sh('umount /run/netns; rmdir /run/netns');
    }),
  );

  t.test('beside tcpdump: the same packets, and what each filter wants of them', (t) =>
    onFreshHost(t, async (on) => {
      await pods(on);
      const a = await pidOf(on, 'a/pause');
      const filters = ['', ...FILTERS, ...FOREIGN];
      const theirs = on.host.spawn([
        'nsenter',
        '-t',
        String(a),
        '-n',
        'tcpdump',
        '-Z',
        'root',
        '-U',
        '--immediate-mode',
        '-i',
        'eth0',
        '-w',
        '/tmp/theirs',
      ]);
      await said(theirs, /listening on eth0/);
      const ours = filters.map((filter, at) =>
        start(on, ['a', '-i', 'eth0', '-w', `/tmp/ours.${at}`, ...filter.split(' ')]),
      );
      await Promise.all(ours.map((each) => said(each, /listening on/)));
      await traffic(on, a);
      const results = await Promise.all(ours.map(interrupted));
      theirs.signal('SIGINT');
      t.match(await theirs.result, { status: 0 });
      for (const each of results)
        t.match(each, { status: 0, stdout: '', stderr: / packets? captured, 0 dropped by the kernel\n$/ });

      const [all] = (await files(on, 1)) as [PcapngFile];
      const frames = sentHere(readPcap(await bytesOf(on, '/tmp/theirs')));
      const count = BigInt(all.packets.length);
      t.ok(frames.length > 40, `${frames.length} packets`);
      t.same(sentHere(all.packets.map(({ bytes }) => bytes)), frames, 'byte for byte, in this order');
      t.ok(
        all.packets.every(({ time }, at) => at === 0 || time >= (all.packets[at - 1]?.time ?? 0n)),
        'in the order of time',
      );
      t.same(new Set(all.packets.map(({ direction }) => direction)), new Set([1, 2]), 'in and out');
      t.match(all, {
        application: /^nslab 0/,
        comment: 'nslab capture a',
        links: [{ name: 'eth0', description: /^pod a: veth to nsv\w+ of this host$/, filter: '' }],
        statistics: [{ link: 0, delivered: count, accepted: count, dropped: 0n }],
      });
      t.equal(all.statistics.length, 1);
      t.match(Object.fromEntries(all.names), {
        '10.244.0.2': 'pod/a',
        '10.244.0.3': 'pod/b',
        '10.244.0.1': 'host',
      });

      const rest = await files(on, filters.length);
      for (const [at, filter] of filters.entries()) {
        const asTheirs = filter.replace(/host a\b/, 'host 10.244.0.2');
        await on.sh(`tcpdump -r /tmp/ours.0 -w /tmp/wanted '${asTheirs}'`);
        const wanted = await wantedFrames(on);
        t.same(
          sentHere(rest[at]?.packets.map(({ bytes }) => bytes) ?? []),
          wanted,
          `${filter || 'no filter'}: ${wanted.length} packets`,
        );
        t.ok(
          wanted.length > 0 && (filter === '' || wanted.length < frames.length),
          `${filter}: some, and not all (control)`,
        );
        if (filter !== '') t.equal(rest[at]?.links[0]?.filter, filter);
      }
      await on.sh('rm /tmp/ours.* /tmp/theirs /tmp/wanted');
      await on.must(['down', '--all']);
    }),
  );

  t.test('ten thousand packets a second, and a reader that does not read', (t) =>
    onFreshHost(t, async (on) => {
      await pods(on);
      const a = await pidOf(on, 'a/pause');
      const send = (count: number, size: number, rate: number) =>
        on.sh(`nsenter -t ${a} -n python3 -c "${SENDER}" 10.244.0.3 ${count} ${size} ${rate}`);
      const fast = start(on, ['b', '-i', 'eth0', '-w', '/tmp/fast', 'udp', 'port', '9']);
      const lines = start(on, ['b', 'udp', 'port', '9']);
      await Promise.all([fast, lines].map((each) => said(each, /listening on/)));
      await send(20_000, 100, 10_000);
      t.match(await interrupted(fast), {
        status: 0,
        stderr: /20000 packets captured, 0 dropped by the kernel\n$/,
      });
      const printed = await interrupted(lines);
      t.match(printed, { status: 0, stderr: /20000 packets captured, 0 dropped by the kernel\n$/ });
      t.equal(printed.stdout.trim().split('\n').length, 20_000, 'a line each');
      const { packets } = readPcapng(await bytesOf(on, '/tmp/fast'));
      const sent = packets.map(({ bytes }) => Buffer.from(bytes, 'hex').readUInt32BE(42));
      t.same(
        sent,
        Array.from({ length: 20_000 }, (_, n) => n),
        'each of them, in their order',
      );

      const slow = start(on, ['b', '-i', 'eth0', '-w', '/tmp/slow', 'udp', 'port', '9']);
      await said(slow, /listening on/);
      const relay = (await on.sh('pgrep -x relay')).trim();
      t.match(
        await on.sh(
          `grep -E '^(Uid|CapEff|NoNewPrivs)' /proc/${relay}/status; readlink /proc/${relay}/ns/net /proc/self/ns/net | uniq -c`,
        ),
        /^Uid:\t65534.*\nCapEff:\t0+\nNoNewPrivs:\t1\n +2 /,
        'the reader is nobody, and stays at home',
      );
      await on.sh(`kill -STOP ${relay}`);
      await send(30_000, 1400, 100_000);
      await on.sh(`kill -CONT ${relay}`);
      const [, captured, dropped] =
        /(\d+) packets captured, (\d+) dropped/.exec((await interrupted(slow)).stderr) ?? [];
      t.ok(Number(dropped) > 0, `the kernel dropped ${dropped}`);
      t.equal(Number(captured) + Number(dropped), 30_000, 'and all that it has not are there');
      const { statistics, packets: kept } = readPcapng(await bytesOf(on, '/tmp/slow'));
      t.match(statistics, [
        { delivered: BigInt(captured ?? 0), accepted: 30_000n, dropped: BigInt(dropped ?? 0) },
      ]);
      t.equal(kept.length, Number(captured));
      await on.sh('rm /tmp/fast /tmp/slow');
      await on.must(['down', '--all']);
    }),
  );

  t.test('how it ends, and what is left: nothing', (t) =>
    onFreshHost(t, async (on) => {
      const { sh, must, nslab } = on;
      await pods(on);
      const a = await pidOf(on, 'a/pause');
      const ping = `nsenter -t ${a} -n busybox ping -c 1 -W 20 10.244.0.3`;
      const sockets = async () =>
        (await sh(`nsenter -t ${a} -n tail -n +2 /proc/${a}/net/packet | wc -l`)).trim();
      const links = () => sh(`nsenter -t ${a} -n ip -d link | grep -v -i stats`);
      const before = await links();
      t.equal(await sockets(), '0');
      for (const [signal, ...to] of [
        ['SIGKILL'],
        ['SIGKILL', '-w', '/tmp/killed'],
        ['SIGTERM'],
        ['SIGINT', '-w', '/tmp/file'],
      ] as const) {
        const running = start(on, ['a', ...to]);
        await said(running, /listening on/);
        t.equal(await sockets(), '1', 'while it runs there is a socket (control)');
        t.equal(await links(), before, 'and nothing else: no promiscuous mode');
        running.signal(signal);
        t.match(await running.result, { status: signal === 'SIGKILL' ? 137 : 0 }, `${signal} ${to}`);
        t.ok(await eventually(async () => (await sockets()) === '0'), 'no socket');
        t.ok(
          await eventually(async () => (await on.host.run(['pgrep', '-x', 'relay'])).status === 1),
          'no process',
        );
      }
      t.ok(readPcapng(await bytesOf(on, '/tmp/killed')), 'the file of one that was killed is whole, too');
      t.match(
        readPcapng(await bytesOf(on, '/tmp/file')).links,
        [{ name: 'lo' }, { name: 'eth0' }],
        'a file without packets is whole',
      );

      const head = on.host.spawn([
        'bash',
        '-c',
        `${on.argv.join(' ')} capture a icmp | head -n 1; echo \${PIPESTATUS[0]}`,
      ]);
      await said(head, /listening on/);
      await until(async () => {
        await sh(ping);
        return head.child.exitCode !== null;
      });
      t.match((await head.result).stdout, /echo re[^\n]*\n0\n$/, 'nobody reads any more');

      const piped = on.host.spawn([
        'bash',
        '-c',
        `${on.argv.join(' ')} capture a icmp -c 2 -w - | tcpdump -n -r -`,
      ]);
      await said(piped, /listening on/);
      await sh(ping);
      t.match(await piped.result, {
        status: 0,
        stdout: /10\.244\.0\.2 > 10\.244\.0\.3: ICMP echo request[\s\S]*echo reply/,
      });

      const reader = 'setsid sh -c "read -r _; echo \\$\\$ >/tmp/stuck; exec sleep infinity"';
      const stuck = on.host.spawn([
        'bash',
        '-c',
        `exec 1> >(exec ${reader}); exec ${on.argv.join(' ')} capture a udp -w -`,
      ]);
      await said(stuck, /listening on/);
      await sh(`nsenter -t ${a} -n python3 -c "${SENDER}" 10.244.0.3 200 1400 100000`);
      await until(async () => (await on.host.run(['test', '-s', '/tmp/stuck'])).status === 0);
      stuck.signal('SIGKILL');
      t.ok(
        await eventually(async () => (await on.host.run(['pgrep', '-x', 'relay'])).status === 1),
        'killed while its reader does not read',
      );
      t.match(await sh('cat /proc/$(cat /tmp/stuck)/comm'), 'sleep', 'which is still there (control)');
      await sh('kill $(cat /tmp/stuck); rm /tmp/stuck /tmp/file /tmp/killed');
      await stuck.result;

      await sh(
        'ip link add gone type veth peer name far; ip link set far addrgenmode none up; ip link set gone addrgenmode none up',
      );
      const gone = start(on, ['gone']);
      await said(gone, /listening on/);
      await sh('ip link del gone');
      t.match(await gone.result, {
        status: 1,
        stderr: /nslab: gone is down, or gone: 0 packets captured until then\n$/,
      });
      const doomed = start(on, ['b']);
      await said(doomed, /listening on/);
      await must(['down', 'b']);
      t.match(await doomed.result, {
        status: 0,
        stderr: /\nnslab: the pod is gone\nnslab: \d+ packets? captured/,
      });
      const full = await nslab(['capture', 'host', '-w', '/dev/full']);
      t.match(full, { status: 1, stderr: /cannot write \/dev\/full: ENOSPC/ });
      await must(['down', '--all']);
    }),
  );
}

/** Without reports of multicast groups, which the kernel sends some time after an address was given. */
function sentHere(frames: readonly string[]): string[] {
  return frames.filter((frame) => !/^(01005e0000|3333000000)16/.test(frame));
}

/** Two pods. Who has answered once is not asked again by the kernel, 5 seconds later, amid what is captured then. */
async function pods(on: KernelHost): Promise<void> {
  const isNotAskedAgain = (link: string) =>
    `echo 3600 >/proc/sys/net/ipv4/neigh/${link}/delay_first_probe_time`;
  for (const name of ['a', 'b']) {
    await on.must(['hold', name]);
    await on.sh(`nsenter -t ${await pidOf(on, `${name}/pause`)} -n sh -c '${isNotAskedAgain('eth0')}'`);
  }
  await on.sh(isNotAskedAgain('nslab0'));
}

/** Of each kind something: ARP, ICMP, TCP answered and refused, UDP, IPv6. */
async function traffic({ sh }: KernelHost, a: number): Promise<void> {
  await sh(`
    enter="nsenter -t ${a} -n"
    $enter ip neigh flush dev eth0
    $enter busybox ping -q -c 2 -i 0.1 10.244.0.3; $enter busybox ping -q -c 1 10.244.0.1; $enter busybox ping -q -c 1 -s 1000 10.244.0.1
    (echo; sleep 0.3) | $enter busybox nc -l -p 80 >/dev/null & until $enter ss -Hltn | grep -q :80; do sleep 0.02; done
    exec 3<>/dev/tcp/10.244.0.2/80; echo hello >&3; cat <&3 >/dev/null; exec 3>&-
    (exec 3<>/dev/tcp/10.244.0.2/81) 2>/dev/null
    $enter python3 -c "${SENDER}" 10.244.0.3 20 100 10000
    $enter python3 -c '${IPV6}'
    wait; true`);
}

function start({ host, argv }: KernelHost, words: readonly string[]): Running {
  return host.spawn([...argv, 'capture', ...words.filter((word) => word !== '')]);
}

/** Waits until it has said that on stderr. */
async function said({ child, result }: Running, what: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (piece) => {
      text += piece;
      if (what.test(text)) resolve();
    });
    void result.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
  });
}

async function interrupted(running: Running): Promise<Result> {
  running.signal('SIGINT');
  return await running.result;
}

async function captured(
  on: KernelHost,
  words: readonly string[],
  traffic: string | (() => Promise<void>),
  before: readonly string[] = [],
): Promise<Result> {
  const running = on.host.spawn([...on.argv, ...before, 'capture', ...words]);
  await said(running, /listening on/);
  if (typeof traffic === 'string') await on.sh(traffic);
  else await traffic();
  return await running.result;
}

async function bytesOf({ host }: KernelHost, path: string): Promise<Buffer> {
  return readFileSync(`/proc/${host.pid}/root${path}`);
}

async function files(on: KernelHost, count: number): Promise<PcapngFile[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, at) => readPcapng(await bytesOf(on, `/tmp/ours.${at}`))),
  );
}

async function wantedFrames(on: KernelHost): Promise<string[]> {
  return sentHere(readPcap(await bytesOf(on, '/tmp/wanted')));
}
