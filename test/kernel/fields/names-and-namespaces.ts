import { inodesOf } from '../evidence.ts';
import { idle, type Proof, pod } from './proof.ts';

/** A pod's host name, resolver, and the namespaces that it shares with the host. */
export const namesAndNamespaces: readonly Proof[] = [
  {
    name: 'names',
    fields: [
      ...['PodSpec.hostname', 'PodSpec.subdomain', 'PodSpec.setHostnameAsFQDN', 'PodSpec.hostAliases'],
      ...['HostAlias.ip', 'HostAlias.hostnames'],
    ],
    documents: [
      pod('named', {
        hostname: 'called',
        subdomain: 'sub',
        hostAliases: [{ ip: '10.1.2.3', hostnames: ['far', 'away'] }],
        containers: [idle('w')],
      }),
      pod('full', { hostname: 'h', subdomain: 'sub', setHostnameAsFQDN: true, containers: [idle('w')] }),
      pod('plain', { containers: [idle('w')] }),
    ],
    async check(t, { inside, must }) {
      const ip = async (name: string) =>
        JSON.parse(await must(['inspect', name])).items[0].network.addresses[0].replace(/\/.*/, '');
      t.equal(await inside('named/w', 'hostname'), 'called');
      t.equal(await inside('named/w', 'cat /etc/hostname'), 'called');
      const hosts = await inside('named/w', 'cat /etc/hosts');
      t.match(hosts, `${await ip('named')}\tcalled.sub.default.svc.cluster.local called\n`);
      t.match(hosts, '10.1.2.3\tfar away');
      t.equal(await inside('named/w', 'getent ahostsv4 away | head -1 | cut -d" " -f1'), '10.1.2.3');
      t.equal(await inside('full/w', 'hostname'), 'h.sub.default.svc.cluster.local');
      t.equal(await inside('plain/w', 'hostname'), 'plain', '(control)');
      t.notMatch(await inside('plain/w', 'cat /etc/hosts'), /far|cluster/, '(control)');
    },
  },
  {
    name: 'resolvers',
    fields: [
      ...['PodSpec.dnsPolicy', 'PodSpec.dnsConfig', 'PodDNSConfig.nameservers', 'PodDNSConfig.searches'],
      ...['PodDNSConfig.options', 'PodDNSConfigOption.name', 'PodDNSConfigOption.value'],
    ],
    documents: [
      pod('alone', {
        dnsPolicy: 'None',
        dnsConfig: {
          nameservers: ['192.0.2.1', '192.0.2.2'],
          searches: ['a.example', 'b.example'],
          options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
        },
        containers: [idle('w')],
      }),
      pod('added', { dnsConfig: { searches: ['c.example'] }, containers: [idle('w')] }),
      pod('plain', { dnsPolicy: 'Default', containers: [idle('w')] }),
    ],
    async check(t, { inside }) {
      const file = (name: string) => inside(`${name}/w`, 'cat /etc/resolv.conf');
      t.equal(
        await file('alone'),
        'nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch a.example b.example\noptions ndots:2 edns0',
      );
      t.match(await file('added'), /^search .*\bc\.example/m, 'added to the host’s');
      t.notMatch(await file('plain'), /192\.0\.2|example/, '(control)');
    },
  },
  {
    name: 'whose namespaces',
    fields: [
      ...['PodSpec.hostNetwork', 'PodSpec.hostPID', 'PodSpec.hostIPC', 'PodSpec.shareProcessNamespace'],
    ],
    documents: [
      pod('net', { hostNetwork: true, containers: [idle('w')] }),
      pod('pid', { hostPID: true, containers: [idle('w')] }),
      pod('ipc', { hostIPC: true, containers: [idle('w')], volumes: [{ name: 'v', emptyDir: {} }] }),
      pod('one', { shareProcessNamespace: true, containers: [idle('a'), idle('b')] }),
      pod('plain', { containers: [idle('a'), idle('b')] }),
    ],
    async check(t, { host, pid, inside }) {
      const of = async (name: string) => inodesOf(host, await pid(name));
      const machine = inodesOf(host, 1);
      const plain = await of('plain/a');
      const shares = async (name: string, ...kinds: string[]) => {
        const own = await of(name);
        for (const kind of ['net', 'uts', 'ipc', 'pid'] as const) {
          const is = own[kind] === machine[kind] ? 'host' : 'own';
          t.equal(is, kinds.includes(kind) ? 'host' : 'own', `${name}: ${kind}`);
        }
      };
      await shares('net/w', 'net', 'uts');
      await shares('pid/w', 'pid');
      await shares('ipc/w', 'ipc');
      await shares('plain/a');
      t.equal(plain.net, (await of('plain/b')).net);
      t.not(plain.pid, (await of('plain/b')).pid, 'a pid namespace each (control)');
      const [a, b, holder] = [await of('one/a'), await of('one/b'), await of('one/pause')];
      t.equal(a.pid, b.pid, 'shareProcessNamespace: one for both');
      t.equal(a.pid, holder.pid, 'and the holder is in it');
      t.equal(await inside('one/a', 'cat /proc/1/comm'), 'pause', 'as its first process, which reaps');
    },
  },
  {
    name: 'one name in two namespaces',
    fields: [],
    documents: [
      ...['default', 'lab'].flatMap((namespace) => [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'its', namespace },
          data: { WHERE: namespace },
        },
        pod(
          'web',
          { containers: [{ ...idle('w'), envFrom: [{ configMapRef: { name: 'its' } }] }] },
          { namespace },
        ),
      ]),
      pod('alone', { containers: [idle('w')] }, { namespace: 'lab' }),
    ],
    async check(t, { environ, inside, must, nslab }) {
      t.equal((await environ('web/w')).WHERE, 'default', 'a bare name: the one of default');
      t.equal((await environ('lab@web/w')).WHERE, 'lab', 'each has the ConfigMap of its namespace');
      t.equal(await inside('lab@web/w', 'hostname'), 'web', 'its host name has no namespace');
      t.equal(
        await must(['exec', 'alone/w', '--', 'hostname']),
        'alone\n',
        'a bare name that is the only one',
      );
      const listed = async (...args: string[]) =>
        (await must(['ps', '-o', 'name', ...args])).trim().split('\n');
      const lab = ['lab@alone', 'lab@alone/w', 'lab@web', 'lab@web/w'];
      t.strictSame((await listed('-n', 'lab')).sort(), lab);
      t.strictSame((await listed('-n', 'default')).sort(), ['web', 'web/w']);
      t.strictSame((await listed('-A')).sort(), [...lab, 'web', 'web/w'], 'all (control)');
      t.match(
        await nslab(['down', 'alone']),
        { status: 1, stderr: /no such pod: alone/ },
        'down takes no bare name',
      );
      await must(['down', '-n', 'lab', 'web', 'alone']);
      t.strictSame((await listed()).sort(), ['web', 'web/w'], 'the other one stays (control)');
      await must(['hold', 'other@web', 'third@bare']);
      await must(['down', 'web']);
      await must(['hold', 'lab@web']);
      t.match(await nslab(['inspect', 'web']), {
        status: 1,
        stderr: /several namespaces have a pod "web"\nhint: .*lab@web, other@web/,
      });
    },
  },
];
