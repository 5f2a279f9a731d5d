import t from 'tap';
import type { Trace } from '../../src/spec/trace.ts';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { asker, programs } from './ask.ts';
import { onFreshHost } from './host.ts';

/** Answers with the address that it was asked from. */
const SERVER = `
require('net').createServer((socket) => socket.on('error', () => {}).end(socket.remoteAddress)).listen(8080, '0.0.0.0');`;

const container = { name: 'c', image: 'server', ports: [{ name: 'http', containerPort: 8080 }] };
const pod = (name: string, app: string, namespace = 'default') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app } },
  spec: { terminationGracePeriodSeconds: 0, containers: [container] },
});
const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'web' }, ports: [{ name: 'main', port: 80, targetPort: 'http' }], ...spec },
});

const ALL = [
  pod('server', 'web'),
  pod('client', 'other'),
  pod('stranger', 'other', 'shop'),
  service('web', {}),
  service('headless', { clusterIP: 'None' }),
  service('alias', {
    type: 'ExternalName',
    externalName: 'web.default.svc.cluster.local',
    selector: undefined,
  }),
  service('empty', { clusterIP: 'None', selector: { app: 'nobody' } }),
  service('two', {
    ports: [
      { name: 'a', port: 81, targetPort: 1 },
      { name: 'b', port: 82, targetPort: 2 },
    ],
  }),
];
const input = ALL.map((each) => JSON.stringify(each)).join('\n---\n');

if (requires(t, 'root', 'ip', 'nft', 'dnsmasq')) {
  const { server } = programs(t, { server: SERVER });
  const ask = asker(t);
  const WEB = { destination: '10.96.0.2:80', name: 'Service web' };

  t.test('a probe goes to a Service by its names, and an endpoint sees who asks', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const trace = async (...words: string[]) =>
        JSON.parse(await must(['trace', ...words, '-o', 'json'])) as Trace;
      await must(['up', '-d', '--image', `server=node ${server}`, '-f', '-'], { input });
      await until(async () => (await ask(host)('client', '10.96.0.2', 80))[0] !== 'ECONNREFUSED');

      for (const [to, probe] of [
        ['web', WEB],
        ['tcp web:main', WEB],
        ['web.default:80', WEB],
        ['svc/web', WEB],
        ['web.default.svc.cluster.local', WEB],
        ['alias:80', { destination: '10.96.0.2:80', name: /^Service alias, another name of web/ }],
        ['headless:8080', { destination: '10.244.0.3:8080', name: 'Service headless' }],
        ['server:8080', { destination: '10.244.0.3:8080', name: 'pod server' }],
        ['10.244.0.3:8080', { destination: '10.244.0.3:8080', name: null }],
        [
          'web.default.svc.cluster.local.:80',
          { ...WEB, name: 'web.default.svc.cluster.local., by the resolver of client' },
        ],
      ] as const) {
        const found = await trace('client', ...to.split(' '));
        t.match(found.probe, probe, to);
        t.match(found.verdict, { result: 'reached', at: { label: 'pod server' } }, to);
      }
      for (const [words, status, message] of [
        ['client svc/none', 1, /no Service "none" in namespace default/],
        ['client web:nosuch', 2, /Service web has no port "nosuch"\nhint: one of main \(tcp 80\)/],
        ['client two', 2, /Service two has several ports\nhint: one of a \(tcp 81\), b \(tcp 82\)/],
        ['client empty', 1, /Service empty has no address: it is headless, and no pod of it is ready/],
        ['shop@stranger web:80', 1, /the resolver of pod "shop@stranger" knows no address of "web"/],
        ['1 web:80', 0, /^$/],
        ['1 nosuch:80', 2, /neither a pod, a Service nor an IPv4 address\nhint: .* not from 1/],
        ['client web:', 2, /is not DEST or DEST:PORT/],
      ] as const)
        t.match(await nslab(['trace', ...words.split(' ')]), { status, stderr: message }, words);

      for (const [filtered, seen] of [
        ['1', '10.244.0.4'],
        ['0', '10.244.0.1'],
      ] as const) {
        await sh(`sysctl -qw net.bridge.bridge-nf-call-iptables=${filtered}; ${host.argv.join(' ')} sync`);
        const { verdict } = await trace('client', 'web');
        t.match(verdict.sourceSeen, new RegExp(`^${seen}:\\d+$`), `br_netfilter ${filtered}: told`);
        t.same(
          await ask(host)('client', '10.96.0.2', 80),
          [seen],
          `br_netfilter ${filtered}: so the server finds (each is the control of the other)`,
        );
        t.same(await ask(host)('server', '10.96.0.2', 80), ['10.244.0.1'], 'a pod that asks itself');
      }
      await sh('sysctl -qw net.bridge.bridge-nf-call-iptables=1');

      const chart = await must(['trace', 'client', 'web', '-o', 'mermaid']);
      t.match(chart, /^flowchart LR\n {2}probe\(\["tcp to 10\.96\.0\.2:80, Service web"\]\)\n/);
      t.match(chart, /\n {2}verdict\(\["reached: pod server answered"\]\)\n {2}h2 --> verdict\n$/);
      t.match(
        await must(['trace', 'client', 'web:99', '-o', 'mermaid']),
        /h1 --x verdict\n$/,
        'what is stopped ends with a cross (control)',
      );
      await must(['down', '-f', '-'], { input });
    }),
  );
}
