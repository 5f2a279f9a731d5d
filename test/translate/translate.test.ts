import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readManifests } from '../../src/manifest/read.ts';
import { boundingSet } from '../../src/spec/capabilities.ts';
import type { PodPlan } from '../../src/spec/workload-spec.ts';
import { imageName } from '../../src/translate/images/image.ts';
import { planPod } from '../../src/translate/pod.ts';
import { refuseMissingProgram } from '../../src/translate/programs.ts';
import { mountSource } from '../../src/translate/volumes.ts';

/** The translation of manifests to specs, as far as it can be checked without the kernel. */
const plan = (spec: object, catalog = new Map([['x', { command: ['sh'] }]])): PodPlan => {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
  const reading = readManifests([{ name: 'f', text }], { ignoreUnsupported: false });
  const [pod] = reading.pods;
  if (!pod) throw new Error('no pod');
  return planPod(pod, reading, { allowHostPath: true, catalog }, 'uid');
};

const container = (more: object = {}) => ({ name: 'w', image: 'x', command: ['sh'], ...more });

t.test('the capability bounding set', async (t) => {
  const unknown: string[] = [];
  const set = (add: string[], drop: string[]) => boundingSet({ add, drop }, (name) => unknown.push(name));
  for (const [add, drop, wanted] of [
    [[], [], 'a80425fb'],
    [[], ['ALL'], '0'],
    [['NET_ADMIN'], ['ALL'], '1000'],
    [['CAP_NET_ADMIN'], ['all'], '1000'],
    [['ALL'], [], '1ffffffffff'],
    [['ALL'], ['CHECKPOINT_RESTORE'], 'ffffffffff'],
    [[], ['CHOWN'], 'a80425fa'],
    [['CHOWN'], ['CHOWN'], 'a80425fb'],
  ] as const)
    t.equal(set([...add], [...drop]), wanted, `add ${add}, drop ${drop}`);
  t.strictSame(unknown, []);
  set(['NET_ADMIM'], []);
  t.strictSame(unknown, ['NET_ADMIM'], 'an unknown name (control)');
});

t.test('the name of an image', async (t) => {
  for (const [reference, wanted] of [
    ['nginx', 'nginx'],
    ['nginx:1.29', 'nginx'],
    ['docker.io/library/nginx:1.29-alpine', 'nginx'],
    ['registry.example:5000/team/nginx', 'nginx'],
    ['nginx@sha256:0123', 'nginx'],
    ['registry.k8s.io/busybox:1.27.2@sha256:0123', 'busybox'],
  ] as const)
    t.equal(imageName(reference), wanted);
});

t.test('command, args and the image’s own', async (t) => {
  const catalog = new Map([['x', { entrypoint: ['env'], command: ['true'] }]]);
  const words = (more: object) =>
    plan({ containers: [{ name: 'w', image: 'x', ...more }] }, catalog).workloads(undefined, undefined)[0]
      ?.command;
  t.strictSame(words({}), ['env', 'true']);
  t.strictSame(words({ args: ['a'] }), ['env', 'a']);
  t.strictSame(words({ command: ['sh'] }), ['sh'], 'a command replaces both');
  t.strictSame(words({ command: ['sh'], args: ['a'] }), ['sh', 'a']);
  t.throws(
    () => plan({ containers: [{ name: 'w', image: 'y', args: ['a'] }] }),
    /no program of this machine/,
  );
});

t.test('values that only the running pod has', async (t) => {
  const env = [
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'URL', value: 'http://$(IP)/$(NOBODY)$$(IP)' },
  ];
  const probe = { httpGet: { port: 'web', path: 'x' }, initialDelaySeconds: 0, periodSeconds: 2 };
  const [workload] = plan({
    containers: [container({ env, ports: [{ name: 'web', containerPort: 80 }], readinessProbe: probe })],
  }).workloads('10.9.8.7', '10.9.0.1');
  t.match(workload?.env, { IP: '10.9.8.7', URL: 'http://10.9.8.7/$(NOBODY)$(IP)' });
  t.strictSame(workload?.handlers, [
    { when: 'readiness', action: { http: '10.9.8.7:80/x', headers: [] }, period: 2 },
  ]);
});

t.test('restart policies', async (t) => {
  const restarts = (restartPolicy: string | undefined) =>
    plan({
      ...(restartPolicy && { restartPolicy }),
      initContainers: [container({ name: 'init' }), container({ name: 'side', restartPolicy: 'Always' })],
      containers: [container()],
    })
      .workloads(undefined, undefined)
      .map(({ restart, phase }) => `${phase ?? 'main'} ${restart}`);
  t.strictSame(restarts(undefined), ['init on-failure', 'sidecar always', 'main always']);
  t.strictSame(restarts('OnFailure'), ['init on-failure', 'sidecar always', 'main on-failure']);
  t.strictSame(restarts('Never'), ['init no', 'sidecar always', 'main no']);
});

t.test('mounts are sorted by depth', async (t) => {
  const volumes = [{ name: 'v', emptyDir: {} }];
  const at = (mountPath: string) => ({ name: 'v', mountPath });
  const [workload] = plan({
    volumes,
    containers: [container({ volumeMounts: [at('/a/b/c'), at('/a/'), at('/a/b')] })],
  }).workloads(undefined, undefined);
  t.strictSame(
    workload?.volumes?.map(({ target }) => target),
    ['/a', '/a/b', '/a/b/c'],
  );
});

t.test('a subPath of a hostPath volume must not lead out of it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'nslab-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'volume/inner'), { recursive: true });
  writeFileSync(join(directory, 'secret'), '');
  symlinkSync('../secret', join(directory, 'volume/way-out'));
  symlinkSync('inner', join(directory, 'volume/way-in'));
  const place = { from: 'host', path: join(directory, 'volume'), readOnly: false } as const;
  t.throws(() => mountSource(place, 'way-out', 'here'), /leads out of its volume/);
  t.throws(() => mountSource(place, 'nothing', 'here'), /does not exist on this host/);
  t.equal(
    mountSource(place, 'way-in', 'here'),
    join(directory, 'volume/way-in'),
    'a link inside the volume is allowed (control)',
  );
});

t.test('amounts: 0 is no limit, and nothing is lost beyond 2^53', async (t) => {
  const of = (resources: object, env: object[] = []) =>
    plan({ containers: [container({ resources, env })] }).workloads('10.244.0.2', undefined)[0];
  t.equal(of({ limits: { memory: '0', cpu: 0 } })?.limits, undefined, 'as to the kubelet');
  t.same(of({ limits: { memory: '1Mi', cpu: 0 } })?.limits, { memory: 1048576 }, 'control: one is kept');
  const asked = (divisor: string) => [
    { name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor } } },
  ];
  const limits = { limits: { memory: '9007199254740993' } };
  t.equal(of(limits, asked('1'))?.env?.M, '9007199254740993');
  t.not(String(Number('9007199254740993')), '9007199254740993', 'control: as a float it is another');
  t.equal(
    of(limits, asked('0k'))?.env?.M,
    '9007199254740993',
    'a divisor of 0, however it is written, is none',
  );
});

t.test('a program that is not installed', async (t) => {
  const look = (
    command: string[],
    image = {},
    volumes: { source: string; target: string; readOnly: boolean }[] = [],
  ) =>
    refuseMissingProgram(
      { name: 'w', command, origins: { net: 'new', ipc: 'new', uts: 'new', pid: 'new' }, volumes },
      'some/image:1',
      image,
      'f:1:1',
    );
  const missing = { message: 'f:1:1: no-such-program is not on this machine (image "some/image:1")' };
  t.throws(() => look(['no-such-program'], { package: 'thing' }), {
    ...missing,
    hint: 'apt-get install thing',
  });
  t.throws(() => look(['no-such-program']), { ...missing, hint: /--image 'image=COMMAND'/ });
  t.throws(() => look(['/no/such/program']), /\/no\/such\/program is not on this machine/);
  t.throws(() => look(['sh'], { programs: { '/x': '/no/such' } }), /\/no\/such is not on this machine/);
  t.doesNotThrow(() => look(['sh']), 'an installed program (control)');
  t.doesNotThrow(
    () => look(['/no/such/program'], {}, [{ source: '/x', target: '/no', readOnly: true }]),
    'a program in a volume',
  );
});
