import { eventually } from '../../eventually.ts';
import { inspected, recorded } from '../evidence.ts';
import { doing, idle, type Proof, pod } from './proof.ts';

/** Limits and ports; and the kinds with pod templates. */
const template = (more: object = {}) => ({
  metadata: { labels: { app: 'w' } },
  spec: { containers: [idle('w')], ...more },
});

const failsFor = (containerName: string) => ({
  rules: [
    { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { containerName, operator: 'In', values: [4, 5] } },
  ],
});

export const limitsAndTemplates: readonly Proof[] = [
  {
    name: 'limits',
    fields: ['Container.resources', 'ResourceRequirements.limits'],
    documents: [
      pod('limits', {
        restartPolicy: 'Never',
        containers: [
          { ...idle('w'), resources: { limits: { memory: '64Mi', cpu: '500m' } } },
          {
            ...idle('eats'),
            command: ['sh', '-c', 'head -c 200000000 /dev/zero | tail -c 150000000 > /dev/null'],
            resources: { limits: { memory: '64Mi' } },
          },
          idle('plain'),
        ],
      }),
    ],
    async check(t, pods) {
      const { pid, sh, must, nslab } = pods;
      const groups = async (name: string) => sh(`cat /proc/${await pid(`limits/${name}`)}/cgroup`);
      t.match(await groups('w'), /nslab-[a-z2-7]{8}-limits\.w$/m, 'in a control group of its own');
      t.notMatch(await groups('plain'), /nslab-/, 'without limits: in none (control)');
      const file = (name: string) =>
        sh(
          `cat $(find -L /sys/fs/cgroup -maxdepth 3 -path '*nslab-????????-limits.w/${name}' 2>/dev/null | head -1)`,
        );
      const v2 =
        (await sh(
          'find -L /sys/fs/cgroup -maxdepth 3 -path "*nslab-????????-limits.w/memory.max" 2>/dev/null',
        )) !== '';
      t.equal((await file(v2 ? 'memory.max' : 'memory.limit_in_bytes')).trim(), String(64 * 1024 * 1024));
      t.equal((await file(v2 ? 'cpu.max' : 'cpu.cfs_quota_us')).trim(), v2 ? '50000 100000' : '50000');
      t.equal(await must(['wait', 'limits/eats']), '137\n', 'a workload over its memory limit is killed');
      const inGroup = await nslab(['exec', 'limits/w', 'cat', '/proc/self/cgroup']);
      t.match(inGroup.stdout, /nslab-[a-z2-7]{8}-limits\.w$/m, 'exec: in the same group');
      await must(['down', 'limits']);
      t.equal(
        await sh("find -L /sys/fs/cgroup -maxdepth 3 -name 'nslab-*-limits*' 2>/dev/null"),
        '',
        'gone with the pod',
      );
    },
  },
  {
    name: 'ports',
    fields: ['ContainerPort.hostPort', 'ContainerPort.protocol', 'ContainerPort.hostIP'],
    documents: [
      pod('ports', {
        containers: [
          {
            ...doing('w', 'echo tcp > /index.html; httpd -p 80 -h /; (nc -u -l -p 53 -e echo udp &)'),
            ports: [
              { containerPort: 80, hostPort: 8088, hostIP: '0.0.0.0' },
              { containerPort: 53, hostPort: 8053, protocol: 'UDP' },
              { containerPort: 80, hostPort: 8089, hostIP: '127.0.0.1' },
              { containerPort: 81 },
            ],
          },
        ],
      }),
    ],
    async check(t, pods) {
      const { host } = pods;
      const { network } = await inspected<{ network: { ports: object[] } }>(pods, 'ports');
      t.strictSame(network.ports, [
        { hostPort: 8088, podPort: 80, protocol: 'tcp' },
        { hostPort: 8053, podPort: 53, protocol: 'udp' },
        { hostIP: '127.0.0.1', hostPort: 8089, podPort: 80, protocol: 'tcp' },
      ]);
      const ask = (port: number, ...flags: string[]) =>
        host.runOutside(['curl', '-s', ...flags, `http://203.0.113.2:${port}/index.html`]);
      t.equal((await ask(8088, '--retry', '5', '--retry-connrefused')).stdout, 'tcp\n', 'from outside');
      const atHome = await host.run(['curl', '-s', 'http://127.0.0.1:8089/index.html']);
      t.equal(atHome.stdout, 'tcp\n', 'hostIP: on that address');
      t.not((await ask(8089)).status, 0, 'hostIP: not from outside (control)');
      t.not((await ask(8081)).status, 0, 'a containerPort alone is published nowhere (control)');
    },
  },
  {
    name: 'Deployment',
    fields: [
      ...['Deployment.apiVersion', 'Deployment.kind', 'Deployment.metadata', 'Deployment.spec'],
      ...['DeploymentSpec.replicas', 'DeploymentSpec.selector', 'DeploymentSpec.template'],
      ...['PodTemplateSpec.metadata', 'PodTemplateSpec.spec'],
    ],
    documents: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'many' },
        spec: {
          replicas: 3,
          selector: {
            matchLabels: { app: 'w' },
            matchExpressions: [{ key: 'app', operator: 'In', values: ['v', 'w'] }],
          },
          template: template(),
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'single' },
        spec: { selector: { matchLabels: { app: 'w' } }, template: template() },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'nobody' },
        spec: { replicas: 0, selector: { matchLabels: { app: 'w' } }, template: template() },
      },
    ],
    async check(t, pods) {
      const { sh, must, pid } = pods;
      const names = (await must(['ps', '-q']))
        .trim()
        .split('\n')
        .filter((name) => !name.includes('/'));
      t.strictSame(names.sort(), ['many-0', 'many-1', 'many-2', 'single']);
      const inode = async (name: string) => sh(`stat -Lc %i /proc/${await pid(`${name}/w`)}/ns/net`);
      t.equal(new Set(await Promise.all(names.map(inode))).size, 4, 'a network namespace each');
    },
  },
  {
    name: 'Job',
    fields: [
      ...['Job.apiVersion', 'Job.kind', 'Job.metadata', 'Job.spec', 'JobSpec.template'],
      ...[
        'JobSpec.activeDeadlineSeconds',
        'JobSpec.parallelism',
        'JobSpec.completions',
        'JobSpec.backoffLimit',
        'JobSpec.ttlSecondsAfterFinished',
      ],
      ...['JobSpec.podFailurePolicy', 'PodFailurePolicy.rules', 'PodFailurePolicyRule.action'],
      ...['PodFailurePolicyRule.onExitCodes', 'PodFailurePolicyRule.onPodConditions'],
      ...['containerName', 'operator', 'values'].map((it) => `PodFailurePolicyOnExitCodesRequirement.${it}`),
    ],
    documents: [
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'job' },
        spec: {
          activeDeadlineSeconds: 600,
          parallelism: 1,
          completions: 1,
          backoffLimit: 1,
          podFailurePolicy: failsFor('done'),
          template: {
            spec: {
              restartPolicy: 'Never',
              initContainers: [{ ...idle('done'), command: ['sh', '-c', 'echo done'] }],
              containers: [{ ...idle('bad'), command: ['sh', '-c', 'exit 4'] }],
            },
          },
        },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'ruled' },
        spec: {
          backoffLimit: 1,
          podFailurePolicy: failsFor('worse'),
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [{ ...idle('worse'), command: ['sh', '-c', 'exit 4'] }],
            },
          },
        },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'brief' },
        spec: {
          ttlSecondsAfterFinished: 0,
          template: { spec: { restartPolicy: 'Never', containers: [{ ...idle('w'), command: ['true'] }] } },
        },
      },
    ],
    async check(t, pods) {
      const { must } = pods;
      const isThere = async (name: string) => (await pods.nslab(['inspect', name])).status === 0;
      t.ok(await eventually(async () => !(await isThere('brief'))), 'ttlSecondsAfterFinished');
      t.ok(await isThere('ruled'), 'without it a Job stays (control)');
      t.equal(await must(['wait', 'job/done']), '0\n');
      t.equal(await must(['logs', 'job/done']), 'done\n');
      t.equal(await must(['wait', 'job/bad']), '4\n');
      const bad = await recorded(pods, 'job/bad');
      t.equal(bad.restarts, 1, 'backoffLimit: restarted once');
      t.equal(await must(['wait', 'ruled/worse']), '4\n');
      t.equal((await recorded(pods, 'ruled/worse')).restarts, 0, 'podFailurePolicy: not restarted');
      const done = await recorded(pods, 'job/done');
      t.equal(done.restarts, 0, 'a succeeded container is not restarted (control)');
    },
  },
];
