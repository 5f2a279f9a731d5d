import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pod } from './fields/proof.ts';
import { onFreshHost } from './host.ts';

/**
 * What Kubernetes' documentation says that a container finds, by what a program in it prints. Each script runs in its container and, as a
 * control, in one that has nothing of its own: there it prints something else, unless what it prints is what every container has.
 * https://kubernetes.io/docs/: `api` reference/kubernetes-api (Container, EnvVar, SecurityContext), `env`
 * tasks/inject-data-application, `config` concepts/configuration, `network` concepts/services-networking
 */
interface Situation {
  readonly says: string;
  readonly in: 'env' | 'user' | 'group' | 'host' | 'default';
  readonly script: string;
  readonly prints: string;
  /** It is so in every container. */
  readonly everywhere?: true;
}

const everywhere = true as const;

const SITUATIONS: readonly Situation[] = [
  {
    in: 'env',
    says: 'api: envFrom: the last source takes precedence',
    script: 'echo $SAME',
    prints: 'second',
  },
  { in: 'env', says: 'api: env takes precedence over envFrom', script: 'echo $ONE', prints: 'own' },
  {
    in: 'env',
    says: 'env: of two variables of one name the last counts',
    script: 'echo $TWICE',
    prints: 'b',
  },
  { in: 'env', says: 'api: $$(VAR) is $(VAR)', script: 'echo "$ESCAPED"', prints: '$(ONE)' },
  { in: 'env', says: 'api: value "" is an empty variable', script: `echo \${EMPTY-unset}`, prints: '' },
  {
    in: 'env',
    says: 'api: an unresolved reference is unchanged',
    script: 'echo "$UNKNOWN"',
    prints: '$(NOPE)',
  },
  { in: 'env', says: 'api: a reference to a variable of envFrom', script: 'echo $FROM', prints: 'second!' },
  {
    in: 'env',
    says: 'api: a reference to a variable of valueFrom',
    script: 'echo $GREET',
    prints: 'hi words',
  },
  {
    in: 'env',
    says: 'api: a name may have dots',
    script: "tr '\\0' '\\n' </proc/1/environ | grep dots",
    prints: 'with.dots=dot',
  },
  { in: 'env', says: 'env: a label that there is not is empty', script: `echo \${LABEL-unset}`, prints: '' },
  { in: 'env', says: 'api: a pod’s host name is its name', script: 'hostname', prints: 'words' },
  { in: 'env', says: 'api: HOSTNAME, too', script: 'echo $HOSTNAME', prints: 'words' },
  {
    in: 'env',
    says: 'network: the pod is in its own /etc/hosts',
    script: 'grep -c words /etc/hosts',
    prints: '1',
  },
  {
    in: 'env',
    says: 'config: binaryData are its bytes',
    script: 'od -An -tx1 /raw/bytes | tr -d " "',
    prints: '00ff0a',
  },
  { in: 'env', says: 'config: a key may begin with a dot', script: 'cat /raw/.hidden', prints: 'seen' },
  {
    in: 'env',
    says: 'config: a subPath leaves the directory as it is',
    script: 'cat /etc/mine; test -e /etc/passwd && echo beside',
    prints: 'own beside',
  },
  {
    in: 'env',
    says: 'env: a line break of an annotation is escaped',
    script: 'cat /self/notes',
    prints: 'note="a\\nb"',
  },
  { in: 'env', says: 'env: an empty label is key=""', script: 'cat /self/labels', prints: 'bare=""' },
  { in: 'user', says: 'api: runAsUser need not have a name', script: 'id -u', prints: '12345' },
  { in: 'user', says: 'api: its group is 0 without runAsGroup', script: 'id -u; id -g', prints: '12345 0' },
  { in: 'user', says: 'api: its home is the root', script: 'echo $HOME', prints: '/' },
  { in: 'user', says: 'config: all users read a ConfigMap', script: 'cat /raw/.hidden', prints: 'seen' },
  {
    in: 'user',
    says: 'config: nobody else reads a Secret with mode 0400',
    script: 'cat /keys/key 2>/dev/null || echo denied $(id -u)',
    prints: 'denied 12345',
  },
  { in: 'group', says: 'api: fsGroup reads it', script: 'cat /keys/key', prints: 'sesame' },
  {
    in: 'host',
    says: 'api: a container may be called host; ports need no declaration',
    script: 'wget -qO- http://127.0.0.1:8080/page',
    prints: 'served',
  },
  {
    in: 'default',
    says: 'api: a container may be called default; $(…) of a shell is left to it',
    script: 'echo $(echo by the shell)',
    prints: 'by the shell',
    everywhere,
  },
  { in: 'default', says: 'files are made with umask 022', script: 'umask', prints: '0022', everywhere },
  {
    in: 'default',
    says: 'api: /dev/termination-log can be written',
    script: 'echo why > /dev/termination-log && echo written',
    prints: 'written',
    everywhere,
  },
  {
    in: 'default',
    says: 'logs have both outputs',
    script: 'echo out; echo err >&2',
    prints: 'out err',
    everywhere,
  },
  {
    in: 'default',
    says: 'what is written in a container has the pod’s time zone, UTC',
    script: 'date +%Z',
    prints: 'UTC',
    everywhere,
  },
];

const VOLUMES = {
  volumes: [
    { name: 'raw', configMap: { name: 'raw' } },
    { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
    {
      name: 'self',
      downwardAPI: {
        items: [
          { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
          { path: 'notes', fieldRef: { fieldPath: 'metadata.annotations' } },
        ],
      },
    },
  ],
};

const MOUNTS = {
  volumeMounts: [
    ...['raw', 'keys', 'self'].map((name) => ({ name, mountPath: `/${name}` })),
    { name: 'raw', mountPath: '/etc/mine', subPath: 'mine' },
  ],
};

/** Prints a line for each situation, then a last one without a line break. */
function telling(
  name: string,
  situations: readonly Situation[],
): { name: string; image: string; command: string[] } {
  const lines = situations.map(({ script }) => `{ ${script}; } 2>&1 | tr '\\n' ' '; echo`);
  return {
    name,
    image: 'busybox',
    command: ['sh', '-c', `${lines.join('\n')}\nprintf end; exec sleep 10000`],
  };
}

const inside = (place: Situation['in']) => SITUATIONS.filter((each) => each.in === place);

const env = [
  { name: 'ONE', value: 'own' },
  { name: 'TWICE', value: 'a' },
  { name: 'TWICE', value: 'b' },
  { name: 'ESCAPED', value: '$$(ONE)' },
  { name: 'EMPTY', value: '' },
  { name: 'UNKNOWN', value: '$(NOPE)' },
  { name: 'FROM', value: '$(SAME)!' },
  { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  { name: 'GREET', value: 'hi $(POD)' },
  { name: 'with.dots', value: 'dot' },
  { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['none']" } } },
];

const envFrom = ['first', 'second'].map((name) => ({ configMapRef: { name } }));
const configMap = (name: string, more: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});
const SERVER = 'mkdir /w; echo served > /w/page; exec httpd -f -p 8080 -h /w';

const DOCUMENTS = [
  configMap('first', { data: { SAME: 'first', ONE: '1' } }),
  configMap('second', { data: { SAME: 'second' } }),
  configMap('raw', { data: { mine: 'own\n', '.hidden': 'seen' }, binaryData: { bytes: 'AP8K' } }),
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { key: 'sesame' } },
  pod(
    'words',
    { ...VOLUMES, containers: [{ ...telling('env', inside('env')), ...MOUNTS, env, envFrom }] },
    { labels: { bare: '' }, annotations: { note: 'a\nb' } },
  ),
  pod('people', {
    ...VOLUMES,
    containers: [{ ...telling('user', inside('user')), ...MOUNTS, securityContext: { runAsUser: 12345 } }],
  }),
  pod('team', {
    ...VOLUMES,
    securityContext: { runAsUser: 12345, fsGroup: 2000 },
    containers: [{ ...telling('group', inside('group')), ...MOUNTS }],
  }),
  pod('named', {
    initContainers: [
      {
        name: 'all',
        image: 'busybox',
        command: ['sh', '-c', SERVER],
        restartPolicy: 'Always',
        startupProbe: { periodSeconds: 1, failureThreshold: 1000, tcpSocket: { port: 8080 } },
      },
    ],
    containers: [telling('host', inside('host')), telling('default', inside('default'))],
  }),
  pod('bare', { containers: [telling('none', SITUATIONS)] }),
];

const WHERE = {
  env: 'words/env',
  user: 'people/user',
  group: 'team/group',
  host: 'named/host',
  default: 'named/default',
};

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('what a container finds, as Kubernetes’ documentation says', (t) =>
    onFreshHost(t, async ({ must }) => {
      await must(['up', '-d', '-f', '-'], {
        input: DOCUMENTS.map((each) => JSON.stringify(each)).join('\n---\n'),
      });
      const linesOf = async (name: string) => {
        t.ok(
          await eventually(async () => (await must(['logs', name])).endsWith('end')),
          `${name} has said all`,
        );
        return (await must(['logs', name])).split('\n').map((line) => line.trim());
      };
      const control = await linesOf('bare/none');
      for (const [place, name] of Object.entries(WHERE) as [Situation['in'], string][]) {
        const lines = await linesOf(name);
        for (const [at, { says, prints, ...situation }] of inside(place).entries()) {
          t.equal(lines[at], prints, says);
          const other = control[SITUATIONS.findIndex((each) => each.says === says)];
          t.equal(other === prints, situation.everywhere ?? false, `in a bare container: ${other} (control)`);
        }
      }
      await must(['down', '--all', '--grace', '0']);
    }),
  );
}
