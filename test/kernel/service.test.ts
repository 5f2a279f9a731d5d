import t, { type Test } from 'tap';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { type Ask, asker, programs } from './ask.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** Answers with its pod's name, by TCP and by UDP; /tmp/ready makes it ready. */
const SERVER = `
const name = require('os').hostname();
require('net').createServer((socket) => socket.on('error', () => {}).end(name + ' saw ' + socket.remoteAddress.replace('::ffff:', ''))).listen(8080);
const udp = require('dgram').createSocket('udp4');
udp.on('message', (_, from) => udp.send(name, from.port, from.address));
udp.bind(9000);`;

const container = (more: object = {}) => ({
  name: 'c',
  image: 'server',
  ports: [
    { name: 'web', containerPort: 8080 },
    { name: 'echo', containerPort: 9000, protocol: 'UDP' },
  ],
  ...more,
});

const READY = {
  readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 },
};

const deployment = (name: string, replicas: number, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 0, containers: [container(more)] },
    },
  },
});

const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
});

const web = (spec: object = {}) => ({
  selector: { app: 'web' },
  ports: [{ port: 80, targetPort: 'web' }],
  ...spec,
});

const documents = [
  deployment('web', 3),
  deployment('slow', 1, READY),
  service('web', web({ type: 'NodePort', ports: [{ port: 80, targetPort: 'web', nodePort: 30080 }] })),
  service('sticky', web({ sessionAffinity: 'ClientIP' })),
  service('heads', web({ clusterIP: 'None' })),
  service('nobody', { selector: { app: 'nobody' }, ports: [{ port: 80 }] }),
  service('slow', { selector: { app: 'slow' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }),
  service('echo', { selector: { app: 'web' }, ports: [{ port: 90, targetPort: 'echo', protocol: 'UDP' }] }),
  service('elsewhere', { type: 'ExternalName', externalName: 'example.org' }),
];

if (requires(t, 'root', 'ip', 'nft', 'dnsmasq')) {
  const { server } = programs(t, { server: SERVER });
  const ask = asker(t);
  const image = ['--image', `server=node ${server}`];

  t.test('Services: real traffic, each with its control', (t) =>
    onFreshHost(t, async (host) => {
      const input = documents.map((each) => JSON.stringify(each)).join('\n---\n');
      await host.sh(
        'nft add table ip foreign; nft add chain ip foreign c; nft add rule ip foreign c counter',
      );
      const foreign = await host.sh('nft -a list table ip foreign');
      const made = await host.nslab(['up', '-d', ...image, '-f', '-'], { input });
      t.match(made, {
        status: 0,
        stderr: /service "web" 10\.96\.0\.2 80\/tcp → \d of 3 ready; node port 30080/,
      });
      await until(async () => (await endpoints(host, 'web')).length === 3);
      const run = ask(host);
      await until(async () => (await run('web-0', '10.96.0.2', 80, 1))[0]?.startsWith('web-') === true);

      await spread(t, run);
      await refusals(t, run);
      await traces(t, host);
      await nodePort(t, host, run);
      await affinity(t, run);
      await names(t, host, run);
      await readiness(t, host, run);
      await udp(t, host);
      await mending(t, host, run);
      t.equal(await host.sh('nft -a list table ip foreign'), foreign, 'a foreign table is as it was');

      await host.must(['service', 'rm', 'nobody']);
      t.notMatch(await host.must(['service', 'ls']), /nobody/);
      await host.must(['down', '--ignore-not-found', '-f', '-'], { input });
      t.equal(await host.sh('nft list tables | grep -c nslab || true'), '0\n', 'no table of ours is left');
      await host.sh('nft delete table ip foreign');
    }),
  );
}

async function endpoints(host: KernelHost, name: string): Promise<{ pod: string; ready: boolean }[]> {
  const { items } = JSON.parse(await host.must(['endpoints', name, '-o', 'json']));
  return items.filter(({ ready }: { ready: boolean }) => ready);
}

/** Of 90 connections each of three gets about 30: χ² with two degrees of freedom is below 18.4 in 9 999 of 10 000 cases. */
async function spread(t: Test, run: Ask): Promise<void> {
  const answers = (await run('web-0', '10.96.0.2', 80, 90)).map((line) => line.split(' ')[0] ?? '');
  const counts = ['web-0', 'web-1', 'web-2'].map((pod) => answers.filter((each) => each === pod).length);
  t.equal(
    counts.reduce((sum, each) => sum + each),
    90,
    `all are answered: ${answers.slice(0, 5)}`,
  );
  t.ok(counts.reduce((sum, each) => sum + (each - 30) ** 2 / 30, 0) < 18.4, `spread evenly: ${counts}`);
  t.ok((counts[0] ?? 0) > 0, 'a pod reaches itself, too');
}

async function refusals(t: Test, run: Ask): Promise<void> {
  for (const from of ['web-0', 'host']) {
    t.same(await run(from, '10.96.0.4', 80, 1), ['ECONNREFUSED'], `${from}: nobody is ready`);
    t.same(await run(from, '10.96.0.2', 81, 1), ['ECONNREFUSED'], `${from}: no such port`);
    t.same(await run(from, '10.96.0.99', 80, 1), ['ETIMEDOUT'], `${from}: no Service has it`);
    t.match(await run(from, '10.96.0.2', 80, 1), [/^web-/], `${from}: it works (control)`);
  }
}

/** `trace` names what the rules do. */
async function traces(t: Test, host: KernelHost): Promise<void> {
  const refused = JSON.parse(await host.must(['trace', 'web-0', 'tcp', '10.96.0.4:80', '-o', 'json']));
  t.match(refused.verdict, { result: 'refused', rule: { chain: 'reject-chain' }, cure: /nslab endpoints/ });
  const reached = await host.must(['trace', 'web-0', 'tcp', '10.96.0.2:80']);
  t.match(reached, /service-default\/web\/tcp\/80[\s\S]*becomes[\s\S]*^reached: pod web-\d answered/m);
}

async function nodePort(t: Test, host: KernelHost, run: Ask): Promise<void> {
  for (const from of ['outside', 'host', 'web-1'])
    t.match(await run(from, '203.0.113.2', 30080, 2), [/^web-/, /^web-/], `by the node port from ${from}`);
  t.same(await run('outside', '203.0.113.2', 30081, 1), ['ECONNREFUSED'], 'another port (control)');
  t.equal(await host.sh('sysctl -n net.ipv4.ip_forward'), '0\n', 'this host is no router for that');
}

async function affinity(t: Test, run: Ask): Promise<void> {
  const answers = await run('web-0', '10.96.0.3', 80, 12);
  t.equal(new Set(answers).size, 1, `12 of 12 by one: ${answers[0]}`);
}

async function names(t: Test, host: KernelHost, run: Ask): Promise<void> {
  const lookup = async (name: string, ...words: string[]) =>
    (await host.nslab(['exec', 'web-0/c', 'busybox', 'nslookup', ...words, name])).stdout;
  t.match(await run('web-0', 'web', 80, 1), [/^web-/], 'by its short name');
  t.match(await lookup('10.96.0.2'), 'web.default.svc.cluster.local', 'the name of an address');
  t.equal(
    (await lookup('heads.default.svc.cluster.local.')).match(/^Address: 10\.244\./gm)?.length,
    3,
    'headless',
  );
  t.match(
    await lookup('_http._tcp.slow.default.svc.cluster.local.', '-type=srv'),
    /0 0 80 slow\.default/,
    'SRV',
  );
  t.match(await lookup('elsewhere.default.svc.cluster.local.', '-type=cname'), 'example.org', 'ExternalName');
  t.match(await lookup('nosuch.default.svc.cluster.local.'), 'NXDOMAIN', 'no such name (control)');
  t.match(await host.must(['exec', 'web-0/c', 'env']), /^WEB_SERVICE_HOST=10\.96\.0\.2$/m);
}

/** The shim of what became ready starts a sync, and so does that of what ended. */
async function readiness(t: Test, host: KernelHost, run: Ask): Promise<void> {
  t.same(await run('host', '10.96.0.5', 80, 1), ['ECONNREFUSED'], 'not ready: refused (control)');
  await host.must(['exec', 'slow/c', 'touch', '/tmp/ready']);
  t.ok(
    await eventually(async () => (await run('host', '10.96.0.5', 80, 1))[0]?.startsWith('slow') === true),
    'ready: led there',
  );
  await host.must(['exec', 'slow/c', 'rm', '/tmp/ready']);
  t.ok(
    await eventually(async () => (await run('host', '10.96.0.5', 80, 1))[0] === 'ECONNREFUSED'),
    'and out again',
  );
}

async function udp(t: Test, host: KernelHost): Promise<void> {
  const program = `
    const socket = require('dgram').createSocket('udp4');
    socket.on('message', (text) => console.log(String(text)));
    socket.bind(40000, () => setInterval(() => socket.send('hello', 90, '10.96.0.6'), 50));`;
  const client = host.host.spawn([...host.argv, 'exec', 'slow/c', 'node', '-e', program]);
  let heard = '';
  client.child.stdout?.on('data', (data) => {
    heard += String(data);
  });
  await until(async () => /web-\d/.test(heard));
  const first = /web-\d/.exec(heard)?.[0] ?? '';
  const hits = async () => JSON.parse(await host.must(['service', 'inspect', 'web'])).items[0].hits;
  const before = await hits();
  t.ok(before > 90, `the connections were counted: ${before}`);
  await host.must(['down', first]);
  t.equal(await hits(), before, 'and stay so when an endpoint goes');
  heard = '';
  t.ok(await eventually(async () => /web-\d/.test(heard)), 'a UDP client that goes on is led to another pod');
  t.notMatch(heard, first);
  client.signal('SIGKILL');
  await client.result;
}

/** Another program has removed the rules: the next sync makes them again. */
async function mending(t: Test, host: KernelHost, run: Ask): Promise<void> {
  const table = /nslab_svc_\w+/.exec(await host.sh('nft list tables'))?.[0] ?? '';
  await host.sh(`nft delete table ip ${table}`);
  t.not(
    (await run('host', '10.96.0.2', 80, 1))[0]?.startsWith('web-'),
    true,
    'without rules nobody answers (control)',
  );
  await host.must(['sync']);
  t.match(await run('host', '10.96.0.2', 80, 1), [/^web-/], 'the next sync makes them again');
  const before = await host.sh(`nft -a list table ip ${table} | grep -v counter`);
  await host.must(['sync']);
  t.equal(
    await host.sh(`nft -a list table ip ${table} | grep -v counter`),
    before,
    'and one after it changes nothing',
  );
}
