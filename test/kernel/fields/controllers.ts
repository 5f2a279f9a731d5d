import { inspected, recorded } from '../evidence.ts';
import { doing, idle, type Proof } from './proof.ts';

/** The kinds with a template besides Deployment and Job: how many pods they make, and what tells these apart. */
const labels = { app: 'w' };
const template = (spec: object) => ({ metadata: { labels }, spec });
const controller = (kind: string, name: string, spec: object) => ({
  apiVersion: kind === 'ReplicationController' ? 'v1' : 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    selector: kind === 'ReplicationController' ? labels : { matchLabels: labels },
    template: template({ containers: [idle('w')] }),
    ...spec,
  },
});
const rows = (kind: string, ...fields: string[]): string[] => [
  ...['apiVersion', 'kind', 'metadata', 'spec'].map((field) => `${kind}.${field}`),
  ...fields.map((field) => `${kind}Spec.${field}`),
];

export const controllers: readonly Proof[] = [
  {
    name: 'ReplicaSet, ReplicationController, DaemonSet',
    fields: [
      ...rows('ReplicaSet', 'replicas', 'selector', 'template'),
      ...rows('ReplicationController', 'replicas', 'selector', 'template'),
      ...rows('DaemonSet', 'selector', 'template'),
    ],
    documents: [
      controller('ReplicaSet', 'set', { replicas: 2 }),
      controller('ReplicationController', 'old', { replicas: 2 }),
      controller('DaemonSet', 'daemon', {}),
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'svc' },
        automountServiceAccountToken: false,
      },
    ],
    async check(t, { must }) {
      const names = (await must(['ps', '-q'])).trim().split('\n');
      t.strictSame(names.filter((name) => !name.includes('/')).sort(), [
        ...['daemon', 'old-0', 'old-1', 'set-0', 'set-1'],
      ]);
    },
  },
  {
    name: 'StatefulSet',
    fields: [
      ...rows(
        'StatefulSet',
        'replicas',
        'selector',
        'serviceName',
        'template',
        'volumeClaimTemplates',
        'ordinals',
      ),
      ...['StatefulSetOrdinals.start', 'PersistentVolumeClaim.metadata'],
    ],
    documents: [
      controller('StatefulSet', 'db', {
        replicas: 2,
        serviceName: 'all',
        ordinals: { start: 4 },
        volumeClaimTemplates: [
          { metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } },
        ],
        template: template({
          containers: [
            {
              ...doing('w', 'hostname > /data/name; hostname -f >> /data/name'),
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ],
        }),
      }),
    ],
    async check(t, pods) {
      const { inside, succeeds, must } = pods;
      for (const name of ['db-4', 'db-5']) {
        await must([
          'exec',
          name === 'db-4' ? 'db-4/w' : 'db-5/w',
          'sh',
          '-c',
          'until test -s /data/name; do sleep 0.1; done',
        ]);
        t.equal(
          await inside(`${name}/w`, 'cat /data/name'),
          `${name}\n${name}.all.default.svc.cluster.local`,
        );
        t.match(
          await inside(`${name}/w`, 'grep " /data " /proc/self/mountinfo'),
          / - tmpfs /,
          'its claim is memory',
        );
        const { manifest } = await inspected<{ manifest: { metadata: { labels: object } } }>(pods, name);
        t.match(manifest.metadata.labels, { 'apps.kubernetes.io/pod-index': name.slice(-1) });
      }
      t.notOk(await succeeds('db-5/w', 'grep db-4 /data/name'), 'a claim each (control)');
    },
  },
  {
    name: 'CronJob, and a Job of several pods',
    fields: [
      ...rows('CronJob', 'jobTemplate', 'schedule', 'suspend', 'timeZone'),
      ...['JobTemplateSpec.metadata', 'JobTemplateSpec.spec'],
      ...['JobSpec.completionMode', 'JobSpec.suspend', 'JobSpec.backoffLimitPerIndex'],
    ],
    documents: [
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'cron.daily' },
        spec: {
          schedule: '0 4 * * *',
          timeZone: 'Europe/Berlin',
          jobTemplate: {
            metadata: { labels },
            spec: {
              completions: 2,
              parallelism: 2,
              completionMode: 'Indexed',
              backoffLimitPerIndex: 1,
              template: template({
                restartPolicy: 'Never',
                containers: [
                  {
                    ...idle('w'),
                    command: [
                      'sh',
                      '-c',
                      'echo $JOB_COMPLETION_INDEX $(hostname); exit $JOB_COMPLETION_INDEX',
                    ],
                  },
                ],
              }),
            },
          },
        },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'off' },
        spec: {
          schedule: '@daily',
          suspend: true,
          jobTemplate: { spec: { template: template({ restartPolicy: 'Never', containers: [idle('w')] }) } },
        },
      },
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'off-too' },
        spec: { suspend: true, template: template({ restartPolicy: 'Never', containers: [idle('w')] }) },
      },
    ],
    async check(t, pods) {
      const { must } = pods;
      t.equal(await must(['wait', 'cron.daily-0/w']), '0\n');
      t.equal(await must(['wait', 'cron.daily-1/w']), '1\n');
      t.equal(await must(['logs', 'cron.daily-0/w']), '0 cron.daily-0\n');
      t.match(await must(['logs', 'cron.daily-1/w']), /^1 cron\.daily-1\n/);
      t.equal((await recorded(pods, 'cron.daily-1/w')).restarts, 1, 'backoffLimitPerIndex');
      t.notMatch(await must(['ps', '-aq']), /off/, 'what is suspended makes no pod');
    },
  },
];
