import { doing, idle, type Proof, pod } from './proof.ts';

/** Volumes and mounts. */
const settings = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { color: 'blue', shape: 'round' },
};

const keys = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  stringData: { user: 'somebody', word: 'sesame' },
};

const at = (name: string, mountPath: string, more: object = {}) => ({ name, mountPath, ...more });

const IN_HOST = '/tmp/for-the-pod';

export const volumes: readonly Proof[] = [
  {
    name: 'emptyDir',
    fields: [
      ...['PodSpec.volumes', 'Volume.name', 'Volume.emptyDir', 'EmptyDirVolumeSource.medium'],
      ...[
        'EmptyDirVolumeSource.sizeLimit',
        'Container.volumeMounts',
        'VolumeMount.name',
        'VolumeMount.mountPath',
      ],
      ...['VolumeMount.readOnly', 'VolumeMount.subPath', 'VolumeMount.subPathExpr'],
    ],
    documents: [
      pod('empty', {
        volumes: [
          { name: 'shared', emptyDir: {} },
          { name: 'small', emptyDir: { sizeLimit: '1Mi' } },
          { name: 'fast', emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } },
        ],
        containers: [
          {
            ...idle('writer'),
            env: [{ name: 'WHO', value: 'me' }],
            volumeMounts: [
              at('shared', '/shared'),
              at('small', '/small'),
              at('fast', '/fast'),
              at('shared', '/part', { subPath: 'deep/er' }),
              at('shared', '/named', { subPathExpr: 'for-$(WHO)' }),
            ],
          },
          {
            ...idle('reader'),
            volumeMounts: [
              at('shared', '/elsewhere', { readOnly: true }),
              at('fast', '/outer'),
              at('small', '/outer/in'),
            ],
          },
          idle('plain'),
        ],
      }),
    ],
    async check(t, { inside, succeeds, host, pid, sh }) {
      await inside(
        'empty/writer',
        'echo one > /shared/file; echo two > /part/file; echo three > /named/file',
      );
      const read = (file: string) => inside('empty/reader', `cat /elsewhere/${file}`);
      t.equal(await read('file'), 'one', 'a file of one container is read by the other');
      t.equal(await read('deep/er/file'), 'two', 'a subPath is created when it is missing');
      t.equal(await read('for-me/file'), 'three', 'subPathExpr, with $(WHO)');
      t.notOk(await succeeds('empty/reader', 'echo no > /elsewhere/file'), 'readOnly');
      t.ok(
        await succeeds('empty/reader', 'echo yes > /outer/in/file && echo yes > /outer/file'),
        'a mount in a mount (control)',
      );
      t.notOk(
        await succeeds('empty/plain', 'test -e /shared'),
        'a container without the mount does not see it (control)',
      );
      t.notOk((await host.run(['test', '-e', '/shared'])).status === 0, 'nor does the host');
      const fill = (path: string) => succeeds('empty/writer', `head -c 1500000 /dev/zero > ${path}/big`);
      t.notOk(await fill('/small'), 'sizeLimit: more does not fit');
      t.ok(await fill('/fast'), 'with a larger sizeLimit it does (control)');
      const mounts = await sh(`cat /proc/${await pid('empty/writer')}/mountinfo`);
      t.match(mounts, / \/fast .* - tmpfs .*size=2048k/, 'medium Memory: a tmpfs of that size');
      t.match(await inside('empty/writer', 'stat -c %a /shared'), '777', 'writable by all users');
    },
  },
  {
    name: 'what a container finds as files',
    fields: [
      ...['Volume.configMap', 'ConfigMapVolumeSource.name', 'ConfigMapVolumeSource.items'],
      ...[
        'ConfigMapVolumeSource.optional',
        'ConfigMapVolumeSource.defaultMode',
        'KeyToPath.key',
        'KeyToPath.path',
      ],
      ...['KeyToPath.mode', 'Volume.secret', 'SecretVolumeSource.secretName', 'SecretVolumeSource.items'],
      ...['SecretVolumeSource.optional', 'SecretVolumeSource.defaultMode', 'Volume.downwardAPI'],
      ...[
        'DownwardAPIVolumeSource.items',
        'DownwardAPIVolumeSource.defaultMode',
        'DownwardAPIVolumeFile.path',
      ],
      ...[
        'DownwardAPIVolumeFile.fieldRef',
        'DownwardAPIVolumeFile.resourceFieldRef',
        'DownwardAPIVolumeFile.mode',
      ],
    ],
    documents: [
      settings,
      keys,
      pod(
        'files',
        {
          volumes: [
            { name: 'all', configMap: { name: 'settings', defaultMode: 0o600 } },
            {
              name: 'some',
              configMap: { name: 'settings', items: [{ key: 'color', path: 'in/side', mode: 0o440 }] },
            },
            { name: 'none', configMap: { name: 'absent', optional: true } },
            {
              name: 'keys',
              secret: { secretName: 'keys', defaultMode: 0o400, items: [{ key: 'user', path: 'u' }] },
            },
            { name: 'no-keys', secret: { secretName: 'absent', optional: true } },
            {
              name: 'self',
              downwardAPI: {
                defaultMode: 0o444,
                items: [
                  { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' }, mode: 0o600 },
                  {
                    path: 'memory',
                    resourceFieldRef: { containerName: 'w', resource: 'limits.memory', divisor: '1Mi' },
                  },
                ],
              },
            },
          ],
          containers: [
            {
              ...idle('w'),
              volumeMounts: [
                ...['all', 'some', 'none', 'keys', 'no-keys', 'self'].map((name) => at(name, `/v/${name}`)),
                at('all', '/v/one', { subPath: 'shape' }),
              ],
              resources: { limits: { memory: '32Mi' } },
            },
          ],
        },
        { labels: { b: '2', a: '1' } },
      ),
    ],
    async check(t, { inside, succeeds }) {
      const file = (path: string) => inside('files/w', `stat -Lc %a /v/${path}; cat /v/${path}`);
      t.equal(await file('all/color'), '600\nblue');
      t.equal(await file('all/shape'), '600\nround');
      t.equal(await file('some/in/side'), '440\nblue', 'items: that key, there, in that mode');
      t.notOk(await succeeds('files/w', 'test -e /v/some/shape'), 'and no other (control)');
      t.equal(
        await inside('files/w', 'ls /v/none /v/no-keys | wc -l'),
        '3',
        'what is optional and not there is empty',
      );
      t.equal(await file('keys/u'), '400\nsomebody');
      t.equal(await file('self/labels'), '600\na="1"\nb="2"');
      t.equal(await file('self/memory'), '444\n32');
      t.equal(await file('one'), '600\nround', 'one key as one file');
      t.notOk(await succeeds('files/w', 'echo no > /v/all/color'), 'read-only, as Kubernetes mounts them');
      const links = await inside(
        'files/w',
        'cd /v/some; ls -A; readlink ..data; readlink in; ls -A "$(readlink ..data)"',
      );
      const [data = '', ...rest] = links.split('\n');
      t.match(data, /^\.\.\d{4}(_\d\d){5}\.\d+$/, 'the files are in a directory with the time in its name');
      t.same(rest, ['..data', 'in', data, '..data/in', 'in'], '..data leads there, and each name through it');
      t.equal(
        await inside('files/w', 'test -L /v/one || echo a file'),
        'a file',
        'a subPath is the file itself (control)',
      );
    },
  },
  {
    name: 'projected',
    fields: [
      ...['Volume.projected', 'ProjectedVolumeSource.sources', 'ProjectedVolumeSource.defaultMode'],
      ...['VolumeProjection.configMap', 'ConfigMapProjection.name', 'ConfigMapProjection.items'],
      ...['ConfigMapProjection.optional', 'VolumeProjection.secret', 'SecretProjection.name'],
      ...['SecretProjection.items', 'SecretProjection.optional', 'VolumeProjection.downwardAPI'],
      'DownwardAPIProjection.items',
    ],
    documents: [
      settings,
      keys,
      pod('mixed', {
        volumes: [
          {
            name: 'all',
            projected: {
              defaultMode: 0o440,
              sources: [
                { configMap: { name: 'settings', items: [{ key: 'color', path: 'color' }] } },
                { configMap: { name: 'absent', optional: true } },
                { secret: { name: 'keys', items: [{ key: 'word', path: 'my/word', mode: 0o400 }] } },
                { secret: { name: 'absent', optional: true } },
                { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
              ],
            },
          },
        ],
        containers: [{ ...idle('w'), volumeMounts: [at('all', '/all')] }],
      }),
    ],
    async check(t, { inside }) {
      t.equal(
        await inside('mixed/w', 'cd /all/..data/; find . -type f | sort'),
        './color\n./my/word\n./name',
      );
      t.equal(await inside('mixed/w', 'cd /all; stat -Lc %a color my/word name'), '440\n400\n440');
      t.equal(await inside('mixed/w', 'cd /all; cat color my/word name'), 'bluesesamemixed');
    },
  },
  {
    name: 'hostPath',
    fields: ['Volume.hostPath', 'HostPathVolumeSource.path', 'HostPathVolumeSource.type'],
    flags: ['--allow-host-path'],
    documents: [
      pod('ours', {
        volumes: [{ name: 'theirs', hostPath: { path: IN_HOST, type: 'Directory' } }],
        containers: [{ ...doing('w', 'echo there > /mine/file'), volumeMounts: [at('theirs', '/mine')] }],
      }),
    ],
    async check(t, { sh, nslab, must }) {
      t.equal(await sh(`cat ${IN_HOST}/file`), 'there\n', 'what it writes is on the host');
      await must(['down', 'ours']);
      const manifest = (type: string) =>
        JSON.stringify(
          pod('ours', {
            volumes: [{ name: 'v', hostPath: { path: IN_HOST, type } }],
            containers: [idle('w')],
          }),
        );
      const up = (type: string, ...flags: string[]) =>
        nslab(['up', '-d', '-f', '-', ...flags], { input: manifest(type) });
      t.match(
        await up('Directory'),
        { status: 2, stderr: /hint: --allow-host-path/ },
        'refused without --allow-host-path',
      );
      t.match(
        await up('File', '--allow-host-path'),
        { status: 2, stderr: /is not a File/ },
        'its type (control)',
      );
      await sh(`rm -r ${IN_HOST}`);
      t.match(
        await up('DirectoryOrCreate', '--allow-host-path'),
        { status: 2, stderr: /does not exist on this host/ },
        'nothing is created on the host',
      );
    },
  },
];

/** Creates the host directory of the hostPath proof. */
export const beforehand = `mkdir -p ${IN_HOST}`;
export const afterwards = `rm -rf ${IN_HOST}`;
