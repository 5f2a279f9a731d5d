import { doing, idle, type Proof, pod } from './proof.ts';

/** A container's command and environment, and the downward API. */
const FIELDS = { fieldRef: (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } }) };

const data = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'lab' },
  data: { color: 'blue', 'not-a-name': 'kept' },
  binaryData: { raw: Buffer.from('bytes').toString('base64') },
};

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys', namespace: 'lab' },
  type: 'Opaque',
  data: { user: Buffer.from('somebody').toString('base64'), word: Buffer.from('old').toString('base64') },
  stringData: { word: 'open sesame' },
};

export const commandAndEnv: readonly Proof[] = [
  {
    name: 'command, args and the directory',
    fields: [
      ...['Pod.apiVersion', 'Pod.kind', 'Pod.metadata', 'Pod.spec', 'ObjectMeta.name', 'PodSpec.containers'],
      ...['Container.name', 'Container.image', 'Container.command', 'Container.args', 'Container.workingDir'],
      ...['Container.env', 'EnvVar.name', 'EnvVar.value'],
    ],
    documents: [
      pod('words', {
        containers: [
          {
            name: 'both',
            image: 'debian',
            command: ['/bin/sleep', '$(TIME)'],
            args: ['$(TIME)'],
            workingDir: '/made/for/it',
            env: [{ name: 'TIME', value: '10000' }],
          },
          {
            name: 'escaped',
            image: 'busybox',
            command: ['sh', '-c', 'sleep 10000; :', '$$(TIME)', '$(NOBODY)', '$(LATER)'],
            env: [
              { name: 'TIME', value: '1' },
              { name: 'LATER', value: '$(TIME)$(TIME)' },
            ],
          },
          {
            name: 'entry',
            image: 'registry.example/some/redis:7@sha256:00',
            command: ['sleep'],
            args: ['10000'],
          },
          idle('plain'),
        ],
      }),
    ],
    async check(t, { pid, sh, inside }) {
      const words = async (name: string) =>
        (await sh(`tr '\\0' '|' < /proc/${await pid(`words/${name}`)}/cmdline`)).trim();
      t.equal(await words('both'), '/bin/sleep|10000|10000|', 'command, then args, both with $(TIME)');
      t.equal(
        await words('escaped'),
        'sh|-c|sleep 10000; :|$(TIME)|$(NOBODY)|11|',
        'what is escaped or unknown stays',
      );
      t.equal(await words('entry'), 'sleep|10000|', 'registry, path, tag and digest of an image are dropped');
      const cwd = async (name: string) =>
        (await sh(`readlink /proc/${await pid(`words/${name}`)}/cwd`)).trim();
      t.equal(await cwd('both'), '/made/for/it', 'its directory, which does not exist on this machine');
      t.equal(await cwd('plain'), '/', 'without workingDir (control)');
      t.equal(
        await inside('words/plain', 'test -e /made || echo none'),
        'none',
        'which no other workload has',
      );
    },
  },
  {
    name: 'the environment',
    fields: [
      ...[
        'EnvVar.valueFrom',
        'EnvVarSource.fieldRef',
        'ObjectFieldSelector.fieldPath',
        'ObjectMeta.namespace',
      ],
      ...['ObjectMeta.labels', 'ObjectMeta.annotations', 'PodSpec.serviceAccountName', 'PodSpec.nodeName'],
      ...['EnvVarSource.configMapKeyRef', 'ConfigMapKeySelector.name', 'ConfigMapKeySelector.key'],
      ...['ConfigMapKeySelector.optional', 'EnvVarSource.secretKeyRef', 'SecretKeySelector.name'],
      ...['SecretKeySelector.key', 'SecretKeySelector.optional', 'EnvVarSource.resourceFieldRef'],
      ...[
        'ResourceFieldSelector.containerName',
        'ResourceFieldSelector.resource',
        'ResourceFieldSelector.divisor',
      ],
      ...['ResourceRequirements.requests', 'Container.envFrom', 'EnvFromSource.prefix'],
      ...['EnvFromSource.configMapRef', 'ConfigMapEnvSource.name', 'ConfigMapEnvSource.optional'],
      ...['EnvFromSource.secretRef', 'SecretEnvSource.name', 'SecretEnvSource.optional'],
      ...[
        'ConfigMap.apiVersion',
        'ConfigMap.kind',
        'ConfigMap.metadata',
        'ConfigMap.data',
        'ConfigMap.binaryData',
      ],
      ...[
        'Secret.apiVersion',
        'Secret.kind',
        'Secret.metadata',
        'Secret.data',
        'Secret.stringData',
        'Secret.type',
      ],
    ],
    documents: [
      data,
      secret,
      pod(
        'told',
        {
          enableServiceLinks: true,
          nodeName: 'here',
          serviceAccountName: 'robot',
          containers: [
            {
              ...idle('whole'),
              resources: { requests: { memory: '64Mi', cpu: '250m' } },
              envFrom: [
                { configMapRef: { name: 'settings' }, prefix: 'MAP_' },
                { secretRef: { name: 'keys' } },
                { configMapRef: { name: 'absent', optional: true } },
                { secretRef: { name: 'absent', optional: true } },
              ],
              env: [
                { name: 'NAME', ...FIELDS.fieldRef('metadata.name') },
                { name: 'SPACE', ...FIELDS.fieldRef('metadata.namespace') },
                { name: 'UID', ...FIELDS.fieldRef('metadata.uid') },
                { name: 'LABEL', ...FIELDS.fieldRef("metadata.labels['tier']") },
                { name: 'NOTE', ...FIELDS.fieldRef("metadata.annotations['why']") },
                { name: 'NODE', ...FIELDS.fieldRef('spec.nodeName') },
                { name: 'ACCOUNT', ...FIELDS.fieldRef('spec.serviceAccountName') },
                { name: 'IP', ...FIELDS.fieldRef('status.podIP') },
                { name: 'HOST', ...FIELDS.fieldRef('status.hostIP') },
                { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
                { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'no', key: 'no', optional: true } } },
                { name: 'USER', valueFrom: { secretKeyRef: { name: 'keys', key: 'user' } } },
                { name: 'NOBODY', valueFrom: { secretKeyRef: { name: 'keys', key: 'no', optional: true } } },
                {
                  name: 'MEMORY',
                  valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } },
                },
                { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
                {
                  name: 'OTHERS',
                  valueFrom: { resourceFieldRef: { containerName: 'whole', resource: 'requests.cpu' } },
                },
              ],
            },
            idle('plain'),
          ],
        },
        { namespace: 'lab', labels: { tier: 'back' }, annotations: { why: 'to see' } },
      ),
    ],
    async check(t, { environ, sh }) {
      const env = await environ('lab@told/whole');
      const [address] = JSON.parse(await sh('ip -n lab@told -j -4 addr show dev eth0')) as Addresses;
      t.match(env, {
        ...{
          NAME: 'told',
          SPACE: 'lab',
          UID: /^[0-9a-f-]{36}$/,
          LABEL: 'back',
          NOTE: 'to see',
          NODE: 'here',
        },
        ...{ ACCOUNT: 'robot', IP: address?.addr_info[0]?.local, HOST: '203.0.113.2', COLOR: 'blue' },
        ...{ USER: 'somebody', MEMORY: '64', CPU: '250', OTHERS: '1' },
        ...{
          MAP_color: 'blue',
          MAP_raw: 'bytes',
          'MAP_not-a-name': 'kept',
          user: 'somebody',
          word: 'open sesame',
        },
      });
      t.notOk('NONE' in env || 'NOBODY' in env, 'a missing optional key is not set');
      t.strictSame(
        Object.keys(await environ('lab@told/plain')).sort(),
        ['HOME', 'HOSTNAME', 'PATH'],
        'without env, and with enableServiceLinks: no variable of an API server or a Service (control)',
      );
    },
  },
  {
    name: 'the old name of a service account',
    fields: ['PodSpec.serviceAccount'],
    documents: [
      pod('old', {
        serviceAccount: 'robot',
        containers: [{ ...idle('w'), env: [{ name: 'A', ...FIELDS.fieldRef('spec.serviceAccountName') }] }],
      }),
      pod('new', {
        containers: [{ ...idle('w'), env: [{ name: 'A', ...FIELDS.fieldRef('spec.serviceAccountName') }] }],
      }),
    ],
    async check(t, { environ }) {
      t.equal((await environ('old/w')).A, 'robot');
      t.equal((await environ('new/w')).A, 'default', 'without it (control)');
    },
  },
  {
    name: 'an output that is read',
    fields: [],
    documents: [pod('said', { containers: [doing('w', 'echo -e "a\\tb"')] })],
    async check(t, { must }) {
      t.equal(await must(['logs', 'said/w']), 'a\tb\n', 'by busybox’s own shell: dash would print the -e');
    },
  },
];

type Addresses = readonly { readonly addr_info: readonly { readonly local: string }[] }[];
