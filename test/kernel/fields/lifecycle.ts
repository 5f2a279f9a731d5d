import type { Probe } from 'kubernetes-types/core/v1.js';
import { eventually } from '../../eventually.ts';
import { recorded } from '../evidence.ts';
import { doing, idle, type Proof, pod } from './proof.ts';

/** Hooks, probes, and restarts. */
const scratch = { volumes: [{ name: 'v', emptyDir: {} }] };
const mounted = { volumeMounts: [{ name: 'v', mountPath: '/v' }] };
const sh = (script: string) => ({ exec: { command: ['sh', '-c', script] } });
const server = (...more: string[]) => ['httpd', '-f', '-p', '8080', '-h', '/v', ...more];

/** Answers 200 to a request with the header, and 400 to any other. */
const HEADER_SERVER = `while :; do nc -l -p 8081 -e sh -c '
  ok=400; while read -r line && [ "$line" != "$(printf "\\r")" ]; do case $line in X-Who:*me*) ok=200;; esac; done
  printf "HTTP/1.1 $ok x\\r\\nContent-Length: 0\\r\\n\\r\\n"'; done`;

/** Every second; the first failure counts. */
const eager: Probe = { periodSeconds: 1, failureThreshold: 1 };

export const lifecycle: readonly Proof[] = [
  {
    name: 'hooks',
    fields: [
      ...['Container.lifecycle', 'Lifecycle.postStart', 'Lifecycle.preStop', 'LifecycleHandler.exec'],
      ...[
        'LifecycleHandler.httpGet',
        'LifecycleHandler.tcpSocket',
        'LifecycleHandler.sleep',
        'SleepAction.seconds',
      ],
      ...['ExecAction.command', 'PodSpec.terminationGracePeriodSeconds'],
    ],
    documents: [
      pod('hooks', {
        ...scratch,
        terminationGracePeriodSeconds: 6,
        containers: [
          {
            ...idle('keeper'),
            ...mounted,
          },
          {
            name: 'server',
            image: 'busybox',
            command: server(),
            ...mounted,
            ports: [{ name: 'web', containerPort: 8080 }],
          },
          {
            ...doing('w', 'trap "echo term >> /v/log; exit 0" TERM; while :; do sleep 0.1; done'),
            ...mounted,
            lifecycle: {
              postStart: sh('sleep 0.2; echo begun > /v/log'),
              preStop: sh('echo stopping >> /v/log'),
            },
          },
          { ...idle('by-http'), lifecycle: { postStart: { httpGet: { port: 8080, path: '/' } } } },
          { ...idle('by-tcp'), lifecycle: { postStart: { tcpSocket: { port: 8080 } } } },
          { ...idle('by-sleep'), lifecycle: { postStart: { sleep: { seconds: 1 } } } },
          { ...doing('deaf', 'trap "echo no" TERM; while :; do sleep 0.1; done'), ...mounted },
        ],
      }),
      pod('patient', {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 3600,
        containers: [doing('deaf', 'trap "echo no" TERM; while :; do sleep 0.1; done')],
      }),
    ],
    async check(t, pods) {
      const { inside, must, sh: line } = pods;
      t.ok(
        await eventually(() => pods.succeeds('hooks/keeper', '[ "$(cat /v/log)" = begun ]')),
        'postStart has run',
      );
      const state = async (name: string) => (await recorded(pods, `hooks/${name}`)).state;
      t.ok(
        await eventually(async () => (await state('deaf')) === 'Running'),
        'each hook lets the next container start',
      );
      t.equal(await state('by-tcp'), 'Running', 'a hook that connects');
      t.equal(await state('by-sleep'), 'Running', 'a hook that waits');
      t.ok(
        await eventually(async () => (await recorded(pods, 'hooks/by-http')).restarts > 0),
        '404: the hook fails and the workload is stopped',
      );
      await must(['stop', 'hooks/w']);
      t.equal(await inside('hooks/keeper', 'cat /v/log'), 'begun\nstopping\nterm', 'preStop, then TERM');
      const longer = pods.nslab(['stop', 'patient/deaf']);
      t.ok(await eventually(async () => (await must(['logs', 'patient/deaf'])) === 'no\n'), 'TERM, first');
      await must(['stop', 'hooks/deaf']);
      t.equal(await must(['logs', 'hooks/deaf']), 'no\n', 'TERM, and that is disobeyed');
      t.equal(await state('deaf'), 'Error (signal 9)', 'KILL after the grace period');
      t.match(
        (await recorded(pods, 'patient/deaf')).state,
        /^Running/,
        'one with a longer one lives (control)',
      );
      await line(`kill -9 ${await pods.pid('patient/deaf')}`);
      await longer;
      t.match(await line('ip netns list'), 'hooks', '(the pod is still there)');
    },
  },
  {
    name: 'probes that succeed and fail',
    fields: [
      ...['Container.startupProbe', 'Container.livenessProbe', 'Container.readinessProbe', 'Probe.exec'],
      ...[
        'Probe.httpGet',
        'Probe.tcpSocket',
        'HTTPGetAction.host',
        'HTTPGetAction.port',
        'HTTPGetAction.path',
      ],
      ...['HTTPGetAction.httpHeaders', 'HTTPHeader.name', 'HTTPHeader.value', 'HTTPGetAction.scheme'],
      ...['TCPSocketAction.host', 'TCPSocketAction.port', 'Container.ports', 'ContainerPort.name'],
      ...[
        'ContainerPort.containerPort',
        'Probe.periodSeconds',
        'Probe.failureThreshold',
        'Probe.successThreshold',
      ],
    ],
    documents: [
      pod('probes', {
        ...scratch,
        containers: [
          {
            ...mounted,
            name: 'server',
            image: 'busybox',
            command: server(),
            ports: [{ name: 'web', containerPort: 8080 }],
            readinessProbe: {
              ...eager,
              successThreshold: 2,
              httpGet: {
                host: 'localhost',
                port: 'web',
                path: '/page',
                scheme: 'HTTP',
                httpHeaders: [{ name: 'X-Who', value: 'me' }],
              },
            },
            livenessProbe: { ...eager, failureThreshold: 3, tcpSocket: { host: '127.0.0.1', port: 'web' } },
          },
          { ...idle('nobody'), readinessProbe: { ...eager, tcpSocket: { port: 9 } } },
          {
            ...idle('sick'),
            ...mounted,
            livenessProbe: { ...eager, failureThreshold: 2, ...sh('test -e /v/well') },
          },
          {
            ...idle('slow'),
            ...mounted,
            startupProbe: { periodSeconds: 1, failureThreshold: 60, ...sh('test -e /v/up') },
          },
          {
            ...idle('headed'),
            readinessProbe: {
              ...eager,
              httpGet: { port: 8081, path: '/', httpHeaders: [{ name: 'X-Who', value: 'me' }] },
            },
          },
          { name: 'echo', image: 'busybox', command: ['sh', '-c', HEADER_SERVER] },
        ],
      }),
    ],
    async check(t, pods) {
      const { inside } = pods;
      const of = (name: string) => recorded(pods, `probes/${name}`);
      const becomes = (name: string, wanted: 'ready' | 'not ready') =>
        eventually(async () => {
          const { state, ready } = await of(name);
          return state === 'Running' && ready === (wanted === 'ready');
        });
      t.ok(await becomes('server', 'not ready'), 'no /page yet: not ready');
      t.equal((await of('slow')).ready, false, 'its startup probe has not succeeded');
      await inside('probes/server', 'echo hello > /v/page; touch /v/up');
      t.ok(await becomes('server', 'ready'), 'a page, twice in a row: ready');
      t.ok(await becomes('slow', 'ready'), 'its startup probe has succeeded');
      t.match(await of('nobody'), { state: 'Running', ready: false }, 'no listener (control)');
      t.ok(await becomes('headed', 'ready'), 'the header was sent: the server refuses requests without it');
      t.ok(
        await eventually(async () => (await of('sick')).restarts > 0),
        'liveness: ended and started again',
      );
      t.equal((await of('server')).restarts, 0, 'a workload that answers is not restarted (control)');
      await inside('probes/server', 'rm /v/page');
      t.ok(await becomes('server', 'not ready'), 'and ready no more');
    },
  },
  {
    name: 'the times of a probe',
    fields: ['Probe.initialDelaySeconds', 'Probe.timeoutSeconds', 'Probe.terminationGracePeriodSeconds'],
    documents: [
      pod('times', {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 3600,
        containers: [
          { ...idle('late'), livenessProbe: { ...eager, initialDelaySeconds: 3, ...sh('exit 1') } },
          { ...idle('hangs'), livenessProbe: { ...eager, timeoutSeconds: 1, ...sh('sleep 1000') } },
          { ...idle('patient'), livenessProbe: { ...eager, timeoutSeconds: 60, ...sh('sleep 2') } },
          {
            ...doing('deaf', 'trap "echo no" TERM; while :; do sleep 0.1; done'),
            livenessProbe: { ...eager, terminationGracePeriodSeconds: 1, ...sh('exit 1') },
          },
        ],
      }),
    ],
    async check(t, pods) {
      const of = (name: string) => recorded(pods, `times/${name}`);
      const over = (name: string) => eventually(async () => !(await of(name)).state.startsWith('Running'));
      t.ok(await over('hangs'), 'a probe that takes longer than its timeout has failed');
      t.ok(await over('deaf'), 'its own grace period, not the hour of its pod');
      t.ok(await over('late'), 'a probe that begins later ends it later');
      t.equal((await of('patient')).state, 'Running', 'a longer timeout (control)');
      t.match((await of('late')).note, /liveness/);
    },
  },
  {
    name: 'what becomes of one that ends',
    fields: [
      ...['PodSpec.restartPolicy', 'PodSpec.initContainers', 'Container.restartPolicy'],
      'PodSpec.activeDeadlineSeconds',
    ],
    documents: [
      pod('never', {
        restartPolicy: 'Never',
        containers: [{ ...idle('w'), command: ['sh', '-c', 'exit 3'] }],
      }),
      pod('failing', {
        restartPolicy: 'OnFailure',
        containers: [
          { ...idle('bad'), command: ['sh', '-c', 'sleep 0.2; exit 3'] },
          { ...idle('good'), command: ['true'] },
        ],
      }),
      pod('always', { containers: [{ ...idle('w'), command: ['true'] }] }),
      pod('late', { activeDeadlineSeconds: 2, restartPolicy: 'Never', containers: [idle('w')] }),
      pod('init', {
        ...scratch,
        restartPolicy: 'OnFailure',
        initContainers: [
          { ...idle('first'), command: ['sh', '-c', 'sleep 0.3; echo first >> /v/log'], ...mounted },
          { ...doing('side', 'while :; do sleep 0.1; done'), restartPolicy: 'Always', ...mounted },
          {
            ...idle('second'),
            command: ['sh', '-c', 'test -e /v/tried || { touch /v/tried; exit 1; }; echo second >> /v/log'],
            ...mounted,
          },
        ],
        containers: [
          {
            ...idle('w'),
            command: ['sh', '-c', 'echo main >> /v/log; until [ -e /v/go ]; do sleep 0.1; done'],
            ...mounted,
          },
        ],
      }),
    ],
    async check(t, pods) {
      const { inside } = pods;
      const of = (name: string) => recorded(pods, name);
      const ends = (name: string, state: string) => eventually(async () => (await of(name)).state === state);
      t.ok(await ends('init/w', 'Running'), 'after its init containers');
      t.match(await of('init/first'), { state: 'Completed', restarts: 0 });
      t.match(await of('init/second'), { state: 'Completed', restarts: 1 }, 'restarted until it succeeded');
      t.match(await of('init/side'), { state: 'Running' }, 'a sidecar stays');
      t.equal(await inside('init/side', 'cat /v/log'), 'first\nsecond\nmain', 'one after the other');
      t.ok(await ends('never/w', 'Error (3)'));
      t.equal((await of('never/w')).restarts, 0);
      t.ok(await ends('failing/good', 'Completed'), 'OnFailure: success is success');
      t.ok(await eventually(async () => (await of('failing/bad')).restarts > 0), 'and a failure is not');
      t.ok(await eventually(async () => (await of('always/w')).restarts > 0), 'Always: also after a success');
      t.ok(await eventually(async () => /deadline/.test((await of('late/w')).note)), 'activeDeadlineSeconds');
      await inside('init/side', 'touch /v/go');
      t.ok(await ends('init/w', 'Completed'));
      t.ok(
        await eventually(async () => !(await of('init/side')).state.startsWith('Running')),
        'its sidecar went along',
      );
    },
  },
];
