import t, { type Test } from 'tap';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { type Ask, asker, programs } from './ask.ts';
import { type KernelHost, onFreshHost } from './host.ts';

const PORTS = [8080, 9000, 9010, 9011];

/** Answers with its pod's name on all of its ports, and by UDP. */
const SERVER = `
const name = require('os').hostname();
for (const port of [${PORTS}]) require('net').createServer((socket) => socket.on('error', () => {}).end(name)).listen(port);
const udp = require('dgram').createSocket('udp4');
udp.on('message', (_, from) => udp.send(name, from.port, from.address));
udp.bind(9000);`;

/** The first thing that it does is to connect, and it goes on trying as long as nobody answers: 5 times. */
const EAGER = `
const [, , host] = process.argv;
const attempt = (left) => {
  const socket = require('net').connect({ host, port: 8080, timeout: 400 });
  const again = (why) => { socket.destroy(); if (left > 0) attempt(left - 1); else console.log('never ' + why); };
  socket.on('data', (text) => { console.log('answered by ' + text); socket.destroy(); });
  socket.on('timeout', () => again('timeout')).on('error', (e) => again(e.code));
};
attempt(5);
setInterval(() => {}, 1e6);`;

const pod = (name: string, more: object = {}, image = 'server', namespace = 'default') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app: name, ...more } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image, ports: [{ name: 'web', containerPort: 8080 }] }],
  },
});

const policy = (name: string, spec: object, namespace = 'default') => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec,
});

const labels = (app: string) => ({ matchLabels: { app } });

const PODS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'red' } } },
  pod('web'),
  pod('good'),
  pod('evil'),
  pod('guest', {}, 'server', 'shop'),
];

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: {
    type: 'NodePort',
    selector: { app: 'web' },
    ports: [{ port: 80, targetPort: 'web', nodePort: 30080 }],
  },
};

const IN = policy('in', {
  podSelector: labels('web'),
  ingress: [
    { from: [{ podSelector: labels('good') }], ports: [{ port: 'web' }, { port: 9000, endPort: 9010 }] },
    { from: [{ namespaceSelector: { matchLabels: { team: 'red' } } }], ports: [{ port: 8080 }] },
  ],
});

if (requires(t, 'root', 'ip', 'nft', 'dnsmasq')) {
  const { server, eager } = programs(t, { server: SERVER, eager: EAGER });
  const images = [...['--image', `server=node ${server}`], ...['--image', `eager=node ${eager} 10.244.0.2`]];
  const ask = asker(t);

  for (const type of ['bridge', 'ptp'] as const)
    t.test(`NetworkPolicies on a network of type ${type}: real traffic, each with its control`, (t) =>
      onFreshHost(t, async (host) => {
        await host.sh(
          'nft add table ip foreign; nft add chain ip foreign c; nft add rule ip foreign c counter',
        );
        const foreign = await host.sh('nft -a list table ip foreign');
        if (type === 'ptp') await host.must(['network', 'create', 'net', '--type', 'ptp']);
        const apply = (...documents: object[]) =>
          up(host, images, type === 'ptp' ? 'net' : undefined, documents);
        const remove = (...documents: object[]) => down(host, documents);
        const run = ask(host);
        await apply(...PODS);
        for (const name of ['web', 'good', 'evil'] as const)
          await until(async () => (await run('host', addressOf[name], 8080))[0] === name);
        await until(async () => (await run('host', addressOf.guest, 8080))[0] === 'guest');

        await ingress(t, host, run, apply);
        await egress(t, run, apply, remove);
        await everything(t, host, run, apply, remove);
        await blocks(t, run, apply, remove);
        await early(t, host, run, apply, remove);

        await host.must(['policy', 'rm', 'in']);
        t.same(await run('evil', addressOf.web, 8080), ['web'], 'without the policy it reaches it again');
        t.equal(await host.sh('nft list tables | grep -c nslab_pol || true'), '0\n', 'no table is left');
        t.equal(await host.sh('nft -a list table ip foreign'), foreign, 'a foreign table is as it was');
        await remove(...PODS, SERVICE);
        if (type === 'ptp') await host.must(['network', 'rm', 'net']);
        await host.sh('nft delete table ip foreign');
      }),
    );

  t.test('a policy that would not hold is refused', (t) =>
    onFreshHost(t, async (host) => {
      await host.sh('sysctl -qw net.bridge.bridge-nf-call-iptables=0');
      const input = [...PODS, IN].map((each) => JSON.stringify(each)).join('\n---\n');
      const refused = await host.nslab(['up', '-d', ...images, '-f', '-'], { input });
      t.match(refused, {
        status: 1,
        stderr:
          /NetworkPolicy in would not hold: .*bridge nslab0[\s\S]*bridge-nf-call-iptables=1.*--type ptp/,
      });
      t.equal(await host.must(['ps', '-q']), '', 'and no pod is left');
      await host.must(['network', 'create', 'net', '--type', 'ptp']);
      await host.must(['up', '-d', '--network', 'net', ...images, '-f', '-'], { input });
      const run = ask(host);
      await until(async () => (await run('good', addressOf.web, 8080))[0] === 'web');
      t.same(
        await run('evil', addressOf.web, 8080),
        ['ETIMEDOUT'],
        'routed pods need no br_netfilter (control)',
      );
      await host.must(['down', '-f', '-'], { input });
      await host.must(['network', 'rm', 'net']);
      await host.sh('sysctl -qw net.bridge.bridge-nf-call-iptables=1');
    }),
  );
}

/** In the order in which they are made. */
const addressOf = {
  web: '10.244.0.2',
  good: '10.244.0.3',
  evil: '10.244.0.4',
  guest: '10.244.0.5',
} as const;

type Apply = (...documents: object[]) => Promise<string>;

async function up(
  host: KernelHost,
  images: readonly string[],
  network: string | undefined,
  documents: readonly object[],
): Promise<string> {
  const input = documents.map((each) => JSON.stringify(each)).join('\n---\n');
  const words = ['up', '-d', ...images, ...(network === undefined ? [] : ['--network', network]), '-f', '-'];
  const { status, stderr } = await host.nslab(words, { input });
  if (status !== 0) throw new Error(stderr);
  return stderr;
}

async function down(host: KernelHost, documents: readonly object[]): Promise<string> {
  return host.must(['down', '--ignore-not-found', '-f', '-'], {
    input: documents.map((each) => JSON.stringify(each)).join('\n---\n'),
  });
}

const DROPPED = ['ETIMEDOUT'];

async function ingress(t: Test, host: KernelHost, run: Ask, apply: Apply): Promise<void> {
  const { web } = addressOf;
  t.same(await run('evil', web, 8080), ['web'], 'without a policy everybody reaches it (control)');
  t.match(await apply(IN), 'NetworkPolicy in isolates 1 pod');
  t.same(await run('evil', web, 8080), DROPPED, 'another pod does not reach it');
  t.same(await run('good', web, 8080), ['web'], 'the one that is allowed does, by the name of the port');
  t.same(await run('good', web, 9010), ['web'], 'and by a range');
  t.same(await run('good', web, 9011), DROPPED, 'but by no port behind its end');
  t.same(await run('shop@guest', web, 8080), ['web'], 'a namespace by its label');
  t.same(await run('shop@guest', web, 9000), DROPPED, 'and no other port of it');
  t.same(await run('host', web, 9011), ['web'], 'a probe comes from the host, and comes in');
  t.same(
    await run('web', addressOf.evil, 8080),
    ['evil'],
    'it speaks with whom it wants, and gets the answer',
  );
  t.same(await run('evil', addressOf.good, 8080), ['good'], 'other pods are not isolated (control)');
  const { verdict } = JSON.parse(await host.must(['trace', 'evil', 'tcp', `${web}:8080`, '-o', 'json']));
  t.match(verdict, {
    result: 'dropped',
    rule: { chain: 'ingress-default/web', rule: /not allowed by NetworkPolicy in"/ },
    cure: /nslab policy ls/,
  });
  const traced = await host.must(['trace', 'good', 'tcp', `${web}:8080`]);
  t.match(traced, /NetworkPolicy in[\s\S]*^reached: pod web answered/m);
  const [item] = JSON.parse(await host.must(['policy', 'ls', '-o', 'json'])).items;
  t.match(item, { name: 'in', pods: ['web'] });
  t.ok(item.allowed >= 4 && item.dropped >= 3, `counted: ${item.allowed} and ${item.dropped}`);
  t.match(await host.must(['ps', '-o', 'wide']), /^web +pause .* - +in( |$)/m);
  const { items } = JSON.parse(await host.must(['inspect', 'web', 'good']));
  t.match(items, [{ policies: ['in'] }, { policies: [] }]);
}

async function egress(t: Test, run: Ask, apply: Apply, remove: Apply): Promise<void> {
  const { good, evil, web } = addressOf;
  const out = policy('out', {
    podSelector: labels('evil'),
    policyTypes: ['Egress'],
    egress: [{ to: [{ podSelector: labels('good') }], ports: [{ port: 'web' }] }],
  });
  await apply(out);
  t.same(
    await run('evil', good, 8080),
    ['good'],
    'egress: what is allowed, by the name of the other one’s port',
  );
  t.same(await run('evil', good, 9000), DROPPED, 'no other port');
  t.same(await run('evil', addressOf.guest, 8080), DROPPED, 'no other pod');
  t.same(await run('good', evil, 8080), ['evil'], 'who asks it gets an answer');
  await apply(policy('out', { podSelector: labels('evil'), policyTypes: ['Egress'], egress: [{}] }));
  t.same(await run('evil', good, 9000), ['good'], 'changed: everything is allowed');
  t.same(await run('evil', web, 8080), DROPPED, 'an egress that is allowed is no ingress that is');
  await remove(out);
}

/** Default deny; a pod reaches itself, also by a Service. */
async function everything(t: Test, host: KernelHost, run: Ask, apply: Apply, remove: Apply): Promise<void> {
  const deny = policy('deny-all', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  await apply(SERVICE);
  await until(async () => (await run('host', '10.96.0.2', 80))[0] === 'web');
  await apply(deny);
  t.same(await run('evil', addressOf.good, 8080), DROPPED, 'default deny');
  t.same(await run('good', addressOf.web, 8080), DROPPED, 'one allows its coming in, and none its going out');
  t.same(await run('shop@guest', addressOf.good, 8080), DROPPED, 'from another namespace');
  t.same(await run('shop@guest', addressOf.web, 8080), ['web'], 'which is not isolated itself (control)');
  t.same(await run('web', '10.96.0.2', 80, 3), ['web', 'web', 'web'], 'a pod is never kept from itself');
  t.same(await run('good', '10.96.0.2', 80), DROPPED, 'nobody else gets there by a Service');
  t.same(await run('host', '10.96.0.2', 80), ['web'], 'the host does');
  await host.must(['hold', 'bare', ...(await networkOf(host))]);
  t.match(
    await host.must(['policy', 'ls', '-o', 'wide']),
    /deny-all +<all> +Ingress,Egress +4 .*bare/,
    'a pod without a manifest is one of the namespace',
  );
  await host.must(['down', 'bare']);
  await remove(deny);
  t.same(await run('evil', addressOf.good, 8080), ['good'], 'without it they do again (control)');
}

async function networkOf(host: KernelHost): Promise<readonly string[]> {
  return /^net /m.test(await host.must(['network', 'ls'])) ? ['--network', 'net'] : [];
}

async function blocks(t: Test, run: Ask, apply: Apply, remove: Apply): Promise<void> {
  const block = (except: readonly string[]) =>
    policy('block', {
      podSelector: labels('web'),
      ingress: [{ from: [{ ipBlock: { cidr: '203.0.113.0/24', except } }] }],
    });
  const outside = () => run('outside', '203.0.113.2', 30080);
  t.same(await outside(), DROPPED, 'from outside, isolated');
  await apply(block(['203.0.113.128/25']));
  t.same(await outside(), ['web'], 'a block of addresses');
  await apply(block(['203.0.113.0/30']));
  t.same(await outside(), DROPPED, 'what it excepts');
  await remove(block([]));
}

/** The rules are there before the first program of a pod runs. */
async function early(t: Test, host: KernelHost, run: Ask, apply: Apply, remove: Apply): Promise<void> {
  const lonely = policy('lonely', { podSelector: labels('eager'), policyTypes: ['Egress'] });
  const logs = async (name: string) => {
    await until(async () => (await host.must(['logs', name])) !== '');
    return host.must(['logs', name]);
  };
  await apply(lonely);
  await apply(pod('one', { app: 'eager' }, 'eager'));
  t.equal(await logs('one'), 'never timeout\n');
  await remove(lonely);
  await host.must(['policy', 'rm', 'in']);
  await apply(pod('two', { app: 'eager' }, 'eager'));
  t.equal(await logs('two'), 'answered by web\n', 'without the policy it is answered (control)');
  await host.must(['down', 'one', 'two']);
  await apply(IN);
  t.same(await run('evil', addressOf.web, 8080), DROPPED);
}
