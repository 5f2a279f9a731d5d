import t from 'tap';
import type { Reachability } from '../../src/spec/reachability.ts';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

const labels = { app: 'web' };

const DOCUMENTS = [
  {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels } },
    spec: { containers: [{ name: 'c', image: 'test-webserver' }], terminationGracePeriodSeconds: 0 },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    spec: {
      selector: labels,
      ports: [
        { name: 'web', port: 80 },
        { name: 'd', port: 53, protocol: 'UDP' },
      ],
    },
  },
];

/** Nobody but the host gets in, and it gets out. */
const POLICY = {
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'in' } },
  spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'] },
};

/** All that is answered here is answered by the kernel before the call that asks returns. */
const ALL = ['ping', '--all', '--timeout', '300ms'];

const up = ({ must }: KernelHost, ...documents: object[]) =>
  must(['up', '-d', '--wait', '-f', '-'], {
    input: documents.map((each) => JSON.stringify(each)).join('\n---\n'),
  });

async function ping({ must }: KernelHost): Promise<Reachability> {
  return JSON.parse(await must([...ALL, '-o', 'json'])) as Reachability;
}

/** `a → web: silent`, for what was not reached. */
const lost = ({ cells }: Reachability) =>
  cells
    .filter(({ result }) => result !== 'reached')
    .map(({ from, to, result }) => `${from} → ${to}: ${result}`);

if (requires(t, 'root', 'ip', 'nft', 'busybox', 'dnsmasq')) {
  t.test('who reaches whom; and what is broken is lost in exactly its cells', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'a', 'b']);
      await must(['hold', 'lone', '--network', 'none']);
      await up(host, ...DOCUMENTS);
      const dns = 'kube-system@kube-dns';
      const pods = ['a', 'b', dns, 'web'];
      await until(async () => (await must(['service', 'ls'])).match(/ 2\/2 /g)?.length === 2);
      const first = await ping(host);
      t.same(lost(first), [], 'nothing is broken (control)');
      t.same(first.from, ['host', ...pods]);
      t.same(
        first.to.map(({ name, by }) => `${name} ${by}`),
        [
          ...['host', ...pods].map((name) => `${name} icmp`),
          'kube-dns.kube-system:53/tcp tcp',
          'web:80/tcp tcp',
          'outside icmp',
        ],
      );
      t.equal(first.cells.length, 5 * 8 - 5, 'nobody is asked by itself');
      t.ok(first.cells.every(({ rtt, trace }) => rtt !== null && rtt > 0 && rtt < 60_000 && trace === null));
      t.ok(first.cells.every(({ asymmetric }) => !asymmetric));

      const neighbours = async () =>
        (await sh(`nsenter -t ${b} -n ip -4 neigh show`)).match(/^\S+/gm)?.map(String) ?? [];
      const b = await pidOf(host, 'b/pause');
      const known = await neighbours();
      await ping(host);
      t.same(await neighbours(), known, 'what it makes known it forgets');
      const { address = '' } = first.cells.find(({ to }) => to === 'a') ?? {};
      t.notOk(known.includes(address));
      await must(['exec', 'b', 'ping', '-c', '1', address]);
      t.ok((await neighbours()).includes(address), 'as ping(8) does not (control)');
      await ping(host);
      t.ok((await neighbours()).includes(address), 'what was known stays');

      await up(host, POLICY);
      const isolated = await ping(host);
      t.same(lost(isolated), [
        ...['a → web: silent', 'a → web:80/tcp: silent', 'b → web: silent', 'b → web:80/tcp: silent'],
        ...[`${dns} → web: silent`, `${dns} → web:80/tcp: silent`],
      ]);
      const cell = isolated.cells.find(({ from, to }) => from === 'a' && to === 'web');
      t.match(cell, { asymmetric: true, trace: 'nslab trace a web', errno: null });
      const { verdict } = JSON.parse(await must([...(cell?.trace ?? '').split(' ').slice(1), '-o', 'json']));
      t.match(verdict, { result: 'dropped' }, 'the command that it names says why');
      const port = isolated.cells.find(({ from, to }) => from === 'a' && to === 'web:80/tcp');
      t.equal(port?.trace, 'nslab trace a tcp svc/web.default:80');
      const service = JSON.parse(await must([...(port?.trace ?? '').split(' ').slice(1), '-o', 'json']));
      t.match(service, { verdict: { result: 'dropped' }, probe: { name: 'Service web' } });
      const shown = await nslab(ALL);
      t.match(
        shown.stdout,
        /^FROM +host +a +b +kube-system@kube-dns +web +kube-dns\S+ +web:80\/tcp +outside\n/,
      );
      t.match(
        shown.stdout,
        /\na +\d+\.\d\d ms +- +\d+\.\d\d ms +\d+\.\d\d ms +no answer +\d+\.\d\d ms +no answer +\d+\.\d\d ms\n/,
      );
      t.match(shown.stdout, /\na → web: no answer, while web reaches a; why: nslab trace a web\n/);
      t.match(
        shown.stdout,
        /\nasked by an ICMP echo request; a port of a Service by a TCP connection: nobody has that /,
      );
      t.match(shown.stderr, /pod "lone" is left out: it has no network\n/);
      t.match(shown.stderr, /web:53\/udp is left out: /);
      const markdown = await must([...ALL, '-o', 'markdown']);
      t.match(markdown, /^\| from \| host \| a \| b \|.*\n\| --- \|/);
      t.match(markdown, /\n\| a \|.*\| \*\*no answer\*\* \|/);
      t.match(markdown, /\n- a → web: no answer, while web reaches a; why: `nslab trace a web`\n/);
      await must(['policy', 'rm', 'in']);
      t.same(lost(await ping(host)), [], 'without it as before');

      const link = (state: string) => sh(`nsenter -t ${b} -n ip link set eth0 ${state}`);
      await link('down');
      const cut = await ping(host);
      t.same(
        lost(cut).sort(),
        [
          ...['a', dns, 'host', 'web'].map((from) => `${from} → b: silent`),
          ...['a', dns, 'host', 'web'].map((to) => `b → ${to}: unreachable`),
          ...['kube-dns.kube-system:53/tcp', 'web:80/tcp', 'outside'].map((to) => `b → ${to}: unreachable`),
        ].sort(),
      );
      t.match(
        cut.cells.find(({ from }) => from === 'b'),
        { errno: 'ENETUNREACH', asymmetric: false },
      );
      const both = (await must(ALL)).split('\n').filter((line) => line.includes('trace'));
      t.same(both, [
        'nobody reaches b (no answer); why: nslab trace host b',
        `b reaches nobody (unreachable); why: nslab trace b ${first.cells.find(({ to }) => to === 'host')?.address}`,
      ]);
      await link('up');
      await sh(
        `nsenter -t ${b} -n ip route add default via ${first.cells.find(({ to }) => to === 'host')?.address}`,
      );
      t.same(lost(await ping(host)), [], 'mended');

      for (const to of ['a', 'b', 'localhost']) t.equal((await nslab(['ping', 'a', to])).status, 0, to);
      t.equal((await nslab(['ping', 'a', 'web:80'])).status, 0);
      t.match(await nslab(['ping', 'a', 'svc/web:web']), { status: 0, stdout: /^FROM +svc\/web:web\na +\d/ });
      t.match(await nslab(['ping', 'a', 'web:81']), {
        status: 1,
        stdout: /\na +refused\n[\s\S]*nslab trace a tcp web:81\n/,
      });
      const dead = await nslab(['ping', 'host', '10.244.255.254', '--timeout', '50ms', '-o', 'json']);
      t.match(dead, { status: 1 });
      t.same(lost(JSON.parse(dead.stdout)), ['host → 10.244.255.254: silent']);
      await must(['service', 'rm', 'web']);
      await must(['down', '--all']);
      await sh('ip neigh flush dev uplink'); // the gateway has looked for the host in return
    }),
  );

  t.test('without a default route nobody is outside; and a Service that nobody is behind refuses', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'a', 'dead']);
      await must(['run', '-d', '--name', 'alone', '--network', 'none', '--', 'sleep', '1000']);
      await sh("pkill -9 -xf '.*/pause dead'; while pgrep -xf '.*/pause dead'; do sleep 0.02; done");
      const { stdout, stderr } = await nslab(['ping', '--all']);
      t.match(stdout, /^FROM +host +a +outside\nhost +- [^\n]*\na +[^\n]*\nasked by an ICMP echo request\n$/);
      t.equal(stderr, 'nslab: pod "dead" is left out: Dead (its holder is gone)\n');
      await up(host, { ...(DOCUMENTS[1] as object), spec: { selector: labels, ports: [{ port: 80 }] } });
      await sh('ip route del default');
      const found = await ping(host);
      t.notOk(found.to.some(({ name }) => name === 'outside'));
      t.same(
        lost(found).filter((line) => line.includes('web:80')),
        [...['host', 'a', 'kube-system@kube-dns'].map((from) => `${from} → web:80/tcp: refused`)],
      );
      await sh('ip route add default via 203.0.113.1');
      await must(['service', 'rm', 'web']);
      await must(['down', '--all']);
      await sh('ip neigh flush dev uplink'); // the gateway has looked for the host in return
    }),
  );
}
