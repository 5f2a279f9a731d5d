import t from 'tap';
import type { Running } from '../campaign/pretend-host.ts';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

interface Line {
  readonly apiVersion: string;
  readonly time: string;
  readonly type: string;
  readonly action: string;
  readonly where: string | null;
  readonly object: string;
  readonly message: string;
}

const MANIFEST = JSON.stringify({
  ...{ apiVersion: 'v1', kind: 'List' },
  items: [
    {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels: { app: 'web' } } },
      spec: {
        terminationGracePeriodSeconds: 0,
        restartPolicy: 'Never',
        containers: [
          { name: 'c', image: 'busybox', command: ['sleep', 'infinity'], ports: [{ containerPort: 80 }] },
        ],
      },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
  ],
});

/** What happens, and the event of it. Of records that change quickly, the first that is seen may be any: then the action is null. */
type Expected = readonly [
  type: string,
  action: string | null,
  where: string | null,
  object: RegExp,
  message: RegExp,
];

const OF_A_POD: readonly Expected[] = [
  ['pod', 'added', null, /^web$/, /ContainerCreating|Running/],
  ['namespace', 'added', 'host', /^pod web$/, /^wired, nsid \d+$/],
  ['link', 'added', 'host', /^nslab0$/, /^added, bridge, mtu \d+/],
  ['link', 'added', 'host', /^nsv\w+$/, /^added, veth, peer if\d+ in pod web/],
  ['link', 'changed', 'host', /^nsv\w+$/, /port of nslab0/],
  ['link', 'added', 'pod web', /^eth0$/, /^added, veth/],
  ['address', 'added', 'pod web', /^10\.244\.0\.3\/16$/, /^added, dev eth0$/],
  ['address', 'added', 'host', /^10\.244\.0\.1\/16$/, /^added, dev nslab0$/],
  ['route', 'added', 'pod web', /^default$/, /^added, via 10\.244\.0\.1 \(host\) dev eth0$/],
  ['nft', 'added', 'host', /^table ip nslab/, /^added, \+\d+ chains?, .*by nft, pid \d+$/],
  ['workload', null, null, /^web\/c$/, /^Running, ready$/],
  ['pod', null, null, /^web$/, /^Running, 1\/1 ready$/],
  ['service', 'added', null, /^default\/web$|^web$/, /^10\.\d+\.\d+\.\d+ 80\/tcp$/],
  ['endpoints', 'added', null, /web$/, /^0 of 0 ready$|^0 of 1 ready$|^1 of 1 ready: web:80\/tcp$/],
];

const BY_HAND: readonly Expected[] = [
  ['neighbour', 'added', 'pod web', /^10\.244\.0\.1 \(host\)$/, /^is at 0a:58:0a:f4:00:01, dev eth0$/],
  ['neighbour', 'added', 'pod web', /^10\.244\.0\.77$/, /^does not answer, dev eth0$/],
  ['conntrack', 'added', 'host', /^tcp 10\.244\.0\.1:\d+ \(host\) > 10\.244\.0\.3:80 \(pod web\)$/, /^new$/],
  [
    'conntrack',
    'added',
    'host',
    /^tcp 10\.\S+ \(\w+\) > \S+:80 \(Service web\)$/,
    /^new, dnat to 10\.244\.0\.3:80 \(pod web\)/,
  ],
  ['conntrack', 'removed', 'host', /^udp \S+ \(host\) > 203\.0\.113\.2:5353 \(host\)$/, /^over/],
  ['route', 'added', 'pod web', /^198\.51\.100\.0\/24$/, /^added, dev eth0$/],
  ['route', 'removed', 'pod web', /^198\.51\.100\.0\/24$/, /^removed, dev eth0$/],
  ['link', 'changed', 'pod web', /^eth0$/, /^mtu 1500 -> 1400$/],
  ['namespace', 'added', 'host', /^netns blue$/, /^wired/],
  ['address', 'added', 'netns blue', /^10\.9\.0\.2\/24$/, /^added, dev eth9$/],
  ['link', 'changed', 'host', /^renamed$/, /^renamed from to-blue$/],
  ['namespace', 'removed', 'host', /^netns blue$/, /^gone/],
  ['link', 'removed', 'host', /^renamed$/, /^removed$/],
  [
    'nft',
    'added',
    'host',
    /^table inet mine$/,
    /^added, \+1 chain, \+1 rule, \+1 set, \+2 elements in one, two, by nft, pid \d+$/,
  ],
  ['nft', 'removed', 'host', /^table inet mine$/, /^removed, .*by nft/],
];

const OF_ITS_END: readonly Expected[] = [
  ['workload', 'changed', null, /^web\/c$/, /^Error \(signal 9\)$/],
  ['endpoints', 'changed', null, /web$/, /^0 of \d ready$/],
  ['pod', 'changed', null, /^web$/, /^Dead/],
  ['pod', 'removed', null, /^web$/, /^removed$/],
  ['link', 'removed', 'host', /^nsv/, /^removed$/],
  ['namespace', 'removed', 'host', /^pod web$/, /^gone, nsid \d+$/],
  ['service', 'removed', null, /web$/, /^removed$/],
  ['nft', 'removed', 'host', /^table ip nslab/, /^removed, /],
];

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'dnsmasq'))
  t.test('what changes, as it happens', (t) =>
    onFreshHost(t, async (on) => {
      const { must, sh, nslab } = on;
      await sh('ip netns add blue');
      const all = await listen(on, ['-f', '-o', 'json']);
      const some = await listen(on, ['address', 'route']);
      const [seen, text] = [reader(all), reader(some)];
      const lines = () => seen().map((line) => JSON.parse(line) as Line);
      const has = (expected: Expected) => lines().some((line) => matches(line, expected));
      const come = async (list: readonly Expected[]) => {
        for (const each of list) t.ok(await eventually(() => has(each), 20_000), each.join(' '));
      };
      t.same(lines(), [], 'nothing has happened yet (control)');

      await must(['up', '-d', '-f', '-'], { input: MANIFEST });
      await come(OF_A_POD);
      t.notOk(OF_ITS_END.slice(2).some(has), 'and not what has not happened yet (control)');

      const pid = await pidOf(on, 'web/pause');
      const service = (await must(['service', 'ls', '-o', 'json'])).match(/"clusterIP": "(.*)"/)?.[1];
      await sh(`
        enter="nsenter -t ${pid} -n"
        $enter busybox ping -c 1 10.244.0.1 >/dev/null
        $enter sh -c 'echo 10 >/proc/sys/net/ipv4/neigh/eth0/retrans_time_ms'; $enter busybox ping -c 1 -W 1 10.244.0.77 >/dev/null
        $enter busybox httpd -p 80 -h /run
        echo >/dev/udp/203.0.113.2/5353
        for to in 10.244.0.3 ${service}; do (exec 3<>/dev/tcp/$to/80); done
        $enter ip route add 198.51.100.0/24 dev eth0; $enter ip route del 198.51.100.0/24 dev eth0; $enter ip link set eth0 mtu 1400
        ip link add to-blue type veth peer name eth9 netns blue; ip -n blue addr add 10.9.0.2/24 dev eth9
        nft 'table inet mine { chain one { accept; }; set two { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 }; }; }'
        nft delete table inet mine`);
      await come(BY_HAND.slice(0, 4));
      // Who has sent to a port before it is published is forgotten.
      await must(['hold', 'published', '-p', '5353:53/udp']);
      await until(() => has(['address', 'added', 'netns blue', /10\.9/, /eth9/]));
      await sh('ip link set to-blue name renamed; ip netns del blue');
      const killed = (await must(['ps', '-o', 'json', 'web/c'])).match(/"pid": (\d+)/)?.[1];
      await sh(`kill -KILL $(pgrep -x busybox) ${killed}`);
      await come([OF_ITS_END[0] as Expected]);
      await sh(`kill -KILL ${pid}`);
      await come(OF_ITS_END.slice(1, 3));
      await must(['down', '--all']);
      await come(OF_ITS_END.slice(3));
      await come(BY_HAND.slice(4));
      // The kernel gives the number of a namespace that is gone to the next one.
      await must(['hold', 'again']);
      await come([
        ['link', 'added', 'pod again', /^lo$/, /^added/],
        ['link', 'added', 'pod again', /^eth0$/, /^added, veth/],
        ['address', 'added', 'pod again', /^127\.0\.0\.1\/8$/, /^added, dev lo$/],
      ]);
      const nsids = lines().flatMap(({ type, message }) =>
        type === 'namespace' ? (/^wired, (nsid \d+)/.exec(message)?.[1] ?? []) : [],
      );
      t.ok(new Set(nsids).size < nsids.length, `and so it was (control): ${nsids}`);
      await must(['down', '--all']);

      const times = lines().flatMap(({ time, type }) =>
        ['pod', 'workload', 'service', 'endpoints'].includes(type) ? [] : time,
      );
      t.same(times, [...times].sort(), 'those of the kernel in the order of time');
      t.match(times[0], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      all.signal('SIGINT');
      t.match(await all.result, { status: 0, stderr: 'nslab: listening; Ctrl-C ends it\n' });
      some.signal('SIGTERM');
      t.match(await some.result, { status: 0 });
      t.ok(text().length > 4);
      t.ok(
        text().every((line) =>
          /^\d\d:\d\d:\d\d\.\d{6} (address {3}|route {5}) [a-z].* \S+ {3}(added|removed), /.test(line),
        ),
        'a line each, of the types that were asked for',
      );
      await sh('umount /run/netns; rmdir /run/netns');
      t.match(await nslab(['events', 'nonsense']), { status: 2, stderr: /no type of events "nonsense"/ });
    }),
  );

if (requires(t, 'root', 'ip', 'nft'))
  t.test('how it ends, and what it could not read', (t) =>
    onFreshHost(t, async (on) => {
      const { sh, host } = on;
      const relays = async () => (await host.run(['pgrep', '-x', 'relay'])).stdout.trim();
      const counted = await listen(on, ['link', '-c', '2']);
      await sh('ip link add one type veth peer name two; ip link del one');
      t.match(await counted.result, { status: 0, stdout: /^[^\n]*\n[^\n]*\n$/ }, 'after two events');
      const silent = 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_events';
      const deaf = await listen(on, ['conntrack'], silent);
      deaf.signal('SIGINT');
      t.match(
        (await deaf.result).stderr,
        /^nslab: this kernel does not tell of connections: .*\nnslab: listening/,
      );
      const killed = await listen(on, []);
      t.not(await relays(), '', 'while it runs there is a reader (control)');
      killed.signal('SIGKILL');
      t.match(await killed.result, { status: 137 });
      t.ok(await eventually(async () => (await relays()) === ''), 'killed: nothing is left');

      const late = await listen(on, ['route']);
      const relay = await relays();
      await sh(`kill -STOP ${relay}
        ip link add one type veth peer name two; ip link set two up; ip link set one up
        for n in {1..60}; do for m in {1..250}; do echo "route add 10.$n.$m.0/24 dev one"; done; done | ip -batch -
        kill -CONT ${relay}`);
      await until(() => reader(late)().length > 1000);
      late.signal('SIGINT');
      const { stderr, stdout } = await late.result;
      t.match(stderr, /nslab: more happened than could be read: some events are lost\n/);
      t.ok(stdout.split('\n').length < 15_000, `${stdout.split('\n').length} of 15000 lines`);
      await sh('ip link del one; echo 2 >/proc/sys/net/netfilter/nf_conntrack_events');
    }),
  );

function matches(line: Line, [type, action, where, object, message]: Expected): boolean {
  return (
    line.type === type &&
    (action === null || line.action === action) &&
    line.where === where &&
    object.test(line.object) &&
    message.test(line.message)
  );
}

const outputs = new WeakMap<Running, { text: string }>();

/** Starts it, and waits until nothing is missed. */
async function listen(
  { host, argv, sh }: KernelHost,
  words: readonly string[],
  before = 'true',
): Promise<Running> {
  await sh(before);
  const running = host.spawn([...argv, 'events', ...words]);
  const output = { text: '' };
  outputs.set(running, output);
  running.child.stdout?.on('data', (piece) => {
    output.text += piece;
  });
  await new Promise<void>((resolve, reject) => {
    running.child.stderr?.on('data', (piece) => String(piece).includes('listening') && resolve());
    void running.result.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
  });
  return running;
}

function reader(running: Running): () => string[] {
  return () => (outputs.get(running)?.text ?? '').split('\n').slice(0, -1);
}
