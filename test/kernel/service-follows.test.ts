import t, { type Test } from 'tap';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { asker, programs } from './ask.ts';
import { pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** Answers with its pod's name; `text` as its second argument instead. */
const SERVER = `
const name = process.argv[3] ?? require('os').hostname();
require('net').createServer((socket) => socket.on('error', () => {}).end(name)).listen(Number(process.argv[2]));`;

/** Says where it was loaded, and leaves a file where that is this host. */
const TRAP = `
const where = require('fs').readlinkSync('/proc/self/ns/net');
console.log('loaded in ' + where);
require('fs').writeFileSync('/run/trapped', where);`;

const labels = { app: 'w' };

const pod = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'server', ...more }] },
});

const READY = {
  readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 },
};

const service = (
  name: string,
  spec: object = { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
});

const text = (...documents: object[]) => documents.map((each) => JSON.stringify(each)).join('\n---\n');

if (requires(t, 'root', 'ip', 'nft', 'dnsmasq', 'busybox')) {
  const { server, trap } = programs(t, { server: SERVER, trap: TRAP });
  const images = ['--image', `server=node ${server} 8080`];
  const ask = asker(t);
  const up = ({ must }: KernelHost, ...documents: object[]) =>
    must(['up', '-d', ...images, '-f', '-'], { input: text(...documents) });
  const down = ({ must }: KernelHost, ...documents: object[]) =>
    must(['down', '--ignore-not-found', '-f', '-'], { input: text(...documents) });

  t.test('what a manifest puts into the environment is not that of the sync that a shim starts', (t) =>
    onFreshHost(t, async (host) => {
      const NODE_OPTIONS = `--require ${trap}`;
      const env = [
        { name: 'NODE_OPTIONS', value: NODE_OPTIONS },
        { name: 'LD_PRELOAD', value: '/nothing.so' },
      ];
      const all = [pod('w', { ...READY, env }), service('w')];
      await up(host, ...all);
      t.ok(
        await eventually(async () => /loaded in net/.test(await host.must(['logs', 'w']))),
        'the workload itself has it (control)',
      );
      const served = async () => /endpoint-default/.test(await host.sh('nft list ruleset'));
      t.notOk(await served(), 'not ready');
      await host.must(['exec', 'w/c', 'touch', '/tmp/ready']);
      t.ok(await eventually(served), 'its shim has started a sync, which did its work');
      await host.must(['exec', 'w/c', 'rm', '/tmp/ready']);
      t.ok(await eventually(async () => !(await served())), 'and another one');
      t.equal(
        await host.sh('cat /run/trapped 2>/dev/null || echo none'),
        'none\n',
        'nothing of it ran on the host',
      );
      await host.nslab(['sync'], { env: { NODE_OPTIONS } });
      t.match(
        await host.sh('cat /run/trapped; rm /run/trapped'),
        /^net:/,
        'by hand, with that environment, it would (control)',
      );
      await down(host, ...all);
    }),
  );

  t.test('a pod that was made before the first Service asks its server of names', (t) =>
    onFreshHost(t, async (host) => {
      await up(host, pod('w'));
      const resolver = () => host.must(['exec', 'w/c', 'cat', '/etc/resolv.conf']);
      const before = await resolver();
      t.notMatch(before, '10.96.0.10', 'without a Service it asks those of the host (control)');
      await up(host, service('w'));
      t.match(await resolver(), /^nameserver 10\.96\.0\.10$/m);
      const lookup = async () =>
        (await host.nslab(['exec', 'w/c', 'busybox', 'nslookup', 'w.default.svc.cluster.local.'])).stdout;
      t.ok(await eventually(async () => (await lookup()).includes('10.96.0.2')), 'and is answered');
      await host.must(['service', 'rm', 'w']);
      t.equal(await resolver(), before, 'with the last Service it asks again where it did before');
      await down(host, pod('w'));
    }),
  );

  t.test('sync --watch: the rules follow also what nobody has told', (t) =>
    onFreshHost(t, async (host) => {
      const served = async () => /endpoint-default/.test(await host.sh('nft list ruleset'));
      const all = [pod('w'), service('w')];
      await up(host, ...all);
      await until(served);
      // That its program has started is told by its shim, and that takes a moment.
      await until(
        async () => (await host.host.run(['pgrep', '-f', '^[^ ]*node .* sync --queued'])).status === 1,
      );
      // A shim that is killed tells nobody that its workload has ended.
      const murder = async () => host.sh(`kill -KILL $(ps -o ppid= -p ${await pidOf(host, 'w/c')})`);
      await murder();
      await until(async () => / no /.test(await host.must(['endpoints', 'w'])));
      t.ok(await served(), 'alone, the rules lead to it still (control)');
      const watching = host.host.spawn([...host.argv, 'sync', '--watch']);
      let said = '';
      watching.child.stdout?.on('data', (data) => {
        said += String(data);
      });
      const says = (line: RegExp) => eventually(() => line.test(said));
      t.ok(await says(/^[\d:.]+ service +- +w {3}10\.96\.0\.2 80\/tcp$/m), 'what is there at the beginning');
      t.ok(await says(/ endpoints +- +w {3}0 of \d ready$/m), said);
      t.notOk(await served(), 'the rules were right before it said so');
      await host.must(['restart', 'w/c']);
      t.ok(await says(/ endpoints +- +w {3}1 of 1 ready: w:8080\/tcp$/m), said);
      t.ok(await served());
      await murder();
      t.ok(await says(/1 of 1 ready[\s\S]* endpoints +- +w {3}0 of \d ready$/m), said);
      t.notOk(await served());
      await host.must(['service', 'rm', 'w']);
      t.ok(await says(/ service +- +w {3}removed$/m), said);
      watching.signal('SIGINT');
      t.match(await watching.result, { status: 0, stderr: 'nslab: watching; Ctrl-C ends it\n' });
      await down(host, ...all);
    }),
  );

  t.test('without br_netfilter a Service answers its neighbours, too', (t) =>
    onFreshHost(t, async (host) => {
      await host.sh('sysctl -qw net.bridge.bridge-nf-call-iptables=0');
      const all = [pod('one'), pod('two'), service('w')];
      await up(host, ...all);
      const run = ask(host);
      await until(async () => (await run('host', '10.96.0.2', 80))[0] !== 'ECONNREFUSED');
      await until(async () => new Set(await run('host', '10.96.0.2', 80, 20)).size === 2);
      const answers = await run('one', '10.96.0.2', 80, 30);
      t.same(new Set(answers), new Set(['one', 'two']), 'by its neighbour and by itself, each time');
      const rule = await host.sh(
        `nft -a list ruleset | grep -B99 'to a neighbour' | grep -oE '^table ip .*{|handle [0-9]+$' | sed -n '/nslab_[a-z2-7]* {/h;$!d;x;G;s/\\n/ /;s/table \\|{ //g;p'`,
      );
      const [family, table, , handle] = rule.trim().split(/ +/);
      await host.sh(`nft delete rule ${family} ${table} postrouting handle ${handle}`);
      const broken = await run('one', '10.96.0.2', 80, 12);
      t.ok(
        broken.some((answer) => answer !== 'one' && answer !== 'two'),
        `without the rule that has answers come back by this host they get lost (control): ${broken}`,
      );
      await down(host, ...all);
      await host.sh('sysctl -qw net.bridge.bridge-nf-call-iptables=1');
    }),
  );

  t.test('50 changes of readiness within a moment: one sync waits, and has the last state', (t) =>
    onFreshHost(t, async (host) => {
      const all = [pod('w', READY), service('w')];
      await up(host, ...all);
      const { sh, argv } = host;
      // The server of names is ready, and the sync of its shim has ended.
      await until(async () => /endpoint-kube-system\/kube-dns/.test(await sh('nft list ruleset')));
      await sh("while pgrep -f 'sync --queued$' >/dev/null; do sleep 0.1; done");
      // The sync that runs: the lock is held until it may go on.
      await sh(
        "mkdir /run/t; (flock -x /run/nslab/services sh -c 'touch /run/t/held; until [ -e /run/t/go ]; do sleep 0.05; done' </dev/null >/dev/null 2>&1 &) ; until [ -e /run/t/held ]; do sleep 0.05; done",
      );
      // What 50 shims would start, as they do.
      const one = `${argv.join(' ')} --transcript /run/t/$1 sync --queued </dev/null >/dev/null 2>&1; touch /run/t/$1.ended`;
      await sh(
        `(seq 50 | xargs -P 8 -I N sh -c '${one}' - N >/dev/null 2>&1 &) ; until [ $(ls /run/t | grep -c ended) -ge 49 ]; do sleep 0.1; done`,
      );
      t.equal(await sh('ls /run/t | grep -c ended'), '49\n', '49 of 50 leave it to the one that waits');
      await host.must(['exec', 'w/c', 'touch', '/tmp/ready']);
      const isReady = async () =>
        JSON.parse(await host.must(['endpoints', '-o', 'json'])).items.some(
          ({ pod, ready }: { pod: string; ready: boolean }) => pod === 'w' && ready,
        );
      await until(isReady);
      t.notMatch(await sh('nft list ruleset'), /endpoint-default/, 'it has not looked yet (control)');
      await sh('touch /run/t/go; until [ $(ls /run/t | grep -c ended) = 50 ]; do sleep 0.1; done');
      t.ok(
        await eventually(async () => /endpoint-default\/w/.test(await sh('nft list ruleset'))),
        'the last state is right',
      );
      t.equal(
        await sh('grep -l \'"call":"nft"\' /run/t/* | wc -l'),
        '1\n',
        'one of the 50 has asked for the rules',
      );
      await down(host, ...all);
      await sh('rm -r /run/t');
    }),
  );

  t.test('endpoints that are given by hand', (t) => onFreshHost(t, (host) => byHand(t, host)));

  async function byHand(t: Test, host: KernelHost): Promise<void> {
    const far = (port: number, name: string) =>
      host.host.spawn(['nsenter', '-t', String(host.host.outside), '-n', 'node', server, String(port), name]);
    const [first, second] = [far(7001, 'first'), far(7002, 'second')];
    const run = ask(host);
    await until(async () => (await run('outside', '127.0.0.1', 7002))[0] === 'second');
    const bare = service('db', { ports: [{ name: 'sql', port: 5432 }] });
    const given = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'db' },
      subsets: [
        {
          addresses: [{ ip: '203.0.113.1' }],
          ports: [
            { name: 'sql', port: 7001 },
            { name: 'other', port: 7002 },
          ],
        },
        { notReadyAddresses: [{ ip: '203.0.113.9' }], ports: [{ name: 'sql', port: 7001 }] },
      ],
    };
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'db-x', labels: { 'kubernetes.io/service-name': 'db' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['203.0.113.1'], conditions: { ready: true } }],
      ports: [{ name: 'sql', port: 7002 }],
    };
    await up(host, pod('w'), bare);
    t.same(await run('w', '10.96.0.2', 5432), ['ECONNREFUSED'], 'without endpoints it is refused (control)');
    await up(host, given);
    for (const from of ['w', 'host'])
      t.same(await run(from, '10.96.0.2', 5432, 4), Array(4).fill('first'), `from ${from}`);
    await up(host, slice);
    t.same(
      new Set(await run('w', '10.96.0.2', 5432, 20)),
      new Set(['first', 'second']),
      'a slice adds its own',
    );
    const { items } = JSON.parse(await host.must(['endpoints', 'db', '-o', 'json']));
    t.match(items, [
      { pod: null, address: '203.0.113.1', target: 7001, ready: true },
      { address: '203.0.113.9', ready: false },
      { target: 7002 },
    ]);
    await down(host, given);
    t.same(await run('w', '10.96.0.2', 5432, 4), Array(4).fill('second'), 'they go with their manifest');
    await down(host, slice);
    t.same(await run('w', '10.96.0.2', 5432), ['ECONNREFUSED']);
    t.match(
      await host.nslab(['up', '-d', '-f', '-'], { input: text({ ...given, metadata: { name: 'nobody' } }) }),
      { status: 0, stderr: /there is no service "nobody"/ },
    );
    await up(host, given);
    await down(host, pod('w'), bare);
    t.equal(await host.sh('ls -A /run/nslab 2>/dev/null | wc -l'), '0\n', 'with their Service, too');
    for (const each of [first, second]) {
      each.signal('SIGKILL');
      await each.result;
    }
  }
}
