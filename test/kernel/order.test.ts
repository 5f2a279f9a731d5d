import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inspected, recorded } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/**
 * The kubelet's order by its effects, each with the page of Kubernetes' documentation that says so
 * (https://kubernetes.io/docs/concepts/workloads/pods/…): `init` init-containers, `sidecar` sidecar-containers, `life`
 * pod-lifecycle; `hooks` is …/concepts/containers/container-lifecycle-hooks, `job` …/controllers/job.
 */
interface Situation {
  readonly says: string;
  readonly spec: object;
  check(of: Pod): Promise<boolean>;
}

/** What a situation may ask of its pod. */
interface Pod {
  /** What the containers have written down, a word each, in the order of their writing. */
  log(): Promise<string>;
  /** A container's state, restarts and note. */
  of(container: string): Promise<{ state: string; ready: boolean; restarts: number; note: string }>;
  /** The state of the pod, as `ps` has it. */
  state(): Promise<string>;
  write(name: string): Promise<string>;
  readonly must: KernelHost['must'];
  readonly name: string;
}

const busybox = (name: string, script: string, more: object = {}) => ({
  name,
  image: 'busybox',
  command: ['sh', '-c', script],
  volumeMounts: [{ name: 'v', mountPath: '/v' }],
  ...more,
});
const says = (word: string) => `echo ${word} >> /v/log`;
const runs = (name: string, script: string, more: object = {}) =>
  busybox(name, `${script}; trap "${says(`${name}-ends`)}; exit 0" TERM; while :; do sleep 0.05; done`, more);
const sidecar = (name: string, script: string, more: object = {}) =>
  runs(name, script, { restartPolicy: 'Always', ...more });
const exec = (script: string) => ({ exec: { command: ['sh', '-c', script] } });
const is = async (pod: Pod, container: string, state: RegExp) => state.test((await pod.of(container)).state);

const SITUATIONS: Record<string, Situation> = {
  'init-order': {
    says: 'init: each init container must complete successfully before the next one starts',
    spec: {
      initContainers: [busybox('a', `sleep 0.2; ${says('a')}`), busybox('b', says('b'))],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await pod.log()) === 'a b w',
  },
  'init-fails-never': {
    says: 'init: if the Pod has a restartPolicy of Never, and an init container fails, Kubernetes treats the overall Pod as failed',
    spec: {
      restartPolicy: 'Never',
      initContainers: [busybox('a', 'exit 3'), busybox('b', says('b'))],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) =>
      (await pod.state()) === 'Init:Error (3)' &&
      (await is(pod, 'w', /^NotStarted/)) &&
      (await pod.log()) === '',
  },
  'init-fails-onfailure': {
    says: 'init: if a Pod’s init container fails, the kubelet repeatedly restarts that init container until it succeeds',
    spec: {
      restartPolicy: 'OnFailure',
      initContainers: [busybox('a', `test -e /v/t || { touch /v/t; exit 1; }; ${says('a')}`)],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await pod.log()) === 'a w' && (await pod.of('a')).restarts === 1,
  },
  'init-fails-always': {
    says: 'init: if the Pod restartPolicy is set to Always, the init containers use restartPolicy OnFailure',
    spec: {
      initContainers: [busybox('a', `test -e /v/t || { touch /v/t; exit 1; }; ${says('a')}`)],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) =>
      (await pod.log()) === 'a w' && (await is(pod, 'a', /^Completed/)) && (await pod.of('a')).restarts === 1,
  },
  'init-logs': {
    says: 'init: kubectl logs POD -c INIT works after it has ended',
    spec: { initContainers: [busybox('a', 'echo last words')], containers: [runs('w', says('w'))] },
    check: async (pod) =>
      (await pod.log()) === 'w' && (await pod.must(['logs', `${pod.name}/a`])) === 'last words\n',
  },
  'init-not-executable': {
    says: 'init: one that cannot be started is tried again, too',
    spec: {
      restartPolicy: 'OnFailure',
      initContainers: [busybox('z', 'sleep 0.2'), { ...busybox('a', ''), command: ['/v/none'] }],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await pod.of('a')).restarts > 0 && (await pod.log()) === '',
  },
  'sidecar-before-init': {
    says: 'sidecar: an init container after a sidecar starts when the sidecar has started, and does not wait for its end',
    spec: {
      initContainers: [
        sidecar('s', says('s')),
        busybox('a', `until grep -q s /v/log; do sleep 0.05; done; ${says('a')}`),
      ],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await pod.log()) === 's a w' && (await is(pod, 's', /^Running/)),
  },
  'sidecar-startup': {
    says: 'sidecar: with a startup probe, the next init container waits until that has succeeded',
    spec: {
      initContainers: [
        sidecar('s', `sleep 0.5; ${says('s')}; touch /v/up`, {
          startupProbe: { periodSeconds: 1, failureThreshold: 60, ...exec('test -e /v/up') },
        }),
        busybox('a', says('a')),
      ],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await pod.log()) === 's a w',
  },
  'sidecar-restarts': {
    says: 'sidecar: it is restarted whatever the restartPolicy of the Pod is',
    spec: {
      restartPolicy: 'Never',
      initContainers: [busybox('s', 'sleep 0.2; exit 1', { restartPolicy: 'Always' })],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await pod.of('s')).restarts > 0 && (await pod.state()) !== 'Init:Error (1)',
  },
  'sidecar-of-a-job': {
    says: 'sidecar: sidecar containers do not prevent the Pod from completing once the main containers have finished',
    spec: {
      restartPolicy: 'Never',
      initContainers: [sidecar('s', says('s'))],
      containers: [busybox('w', `sleep 0.2; ${says('w')}`)],
    },
    check: async (pod) => (await pod.log()) === 's w s-ends' && (await pod.state()) === 'Completed',
  },
  'sidecar-of-a-failed-init': {
    says: 'sidecar: it does not outlive a Pod whose init container has failed for good',
    spec: {
      restartPolicy: 'Never',
      initContainers: [
        sidecar('s', says('s')),
        busybox('a', 'until grep -q s /v/log; do sleep 0.05; done; exit 4'),
      ],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await pod.log()) === 's s-ends' && (await pod.state()) === 'Init:Error (4)',
  },
  'post-start-and-ready': {
    says: 'hooks: the container is not Running in the kubelet’s eyes, and not ready, until the postStart handler completes',
    spec: {
      containers: [
        runs('w', says('w'), { lifecycle: { postStart: exec('until test -e /v/go; do sleep 0.05; done') } }),
      ],
    },
    async check(pod) {
      if ((await pod.log()) !== 'w') return false;
      if (!(await pod.of('w')).ready) await pod.write('go');
      return (await pod.of('w')).ready;
    },
  },
  'post-start-order': {
    says: 'hooks: the kubelet starts the next container when the hook of the one before has run',
    spec: {
      containers: [
        runs('a', says('a'), { lifecycle: { postStart: exec(`sleep 0.3; ${says('hook')}`) } }),
        runs('b', says('b')),
      ],
    },
    check: async (pod) => (await pod.log()) === 'a hook b',
  },
  'post-start-fails': {
    says: 'hooks: if a PostStart handler fails, the kubelet kills the container, and its restartPolicy decides',
    spec: {
      containers: [
        runs('a', says('a'), { lifecycle: { postStart: exec('sleep 0.1; exit 1') } }),
        runs('b', says('b')),
      ],
    },
    check: async (pod) => (await pod.of('a')).restarts > 0 && (await is(pod, 'b', /^Running/)),
  },
  'deadline-while-initializing': {
    says: 'job: activeDeadlineSeconds applies to the duration of the Pod, however far it is',
    spec: {
      activeDeadlineSeconds: 1,
      initContainers: [runs('a', says('a'))],
      containers: [runs('w', says('w'))],
    },
    check: async (pod) => (await is(pod, 'w', /^NotStarted/)) && /deadline/.test((await pod.of('a')).note),
  },
  'deadline-and-always': {
    says: 'job: a container that its deadline has ended is not restarted',
    spec: { activeDeadlineSeconds: 1, containers: [runs('w', says('w'))] },
    check: async (pod) => (await pod.log()) === 'w w-ends' && (await pod.of('w')).restarts === 0,
  },
  'startup-probe-fails': {
    says: 'life: if the startup probe fails, the kubelet kills the container, and its restartPolicy decides',
    spec: {
      containers: [
        runs('w', says('w'), { startupProbe: { periodSeconds: 1, failureThreshold: 1, ...exec('exit 1') } }),
      ],
    },
    check: async (pod) => (await pod.of('w')).restarts > 0 && /startup/.test((await pod.of('w')).note),
  },
  'never-succeeds': {
    says: 'life: all containers in the Pod have terminated in success, and will not be restarted',
    spec: { restartPolicy: 'Never', containers: [busybox('w', says('w')), busybox('x', 'true')] },
    check: async (pod) => (await pod.state()) === 'Completed',
  },
  'never-fails': {
    says: 'life: all containers have terminated, and at least one container has terminated in failure',
    spec: { restartPolicy: 'Never', containers: [busybox('w', says('w')), busybox('x', 'exit 5')] },
    check: async (pod) => (await pod.state()) === 'Error (5)',
  },
  'onfailure-success': {
    says: 'life: OnFailure restarts a container only if it exits with an error',
    spec: {
      restartPolicy: 'OnFailure',
      containers: [busybox('w', says('w')), busybox('x', 'sleep 0.1; exit 5')],
    },
    check: async (pod) =>
      (await pod.of('x')).restarts > 0 && (await pod.log()) === 'w' && (await is(pod, 'w', /^Completed/)),
  },
  'crash-loop': {
    says: 'life: the restarts are delayed, and meanwhile the state is CrashLoopBackOff',
    spec: { containers: [busybox('w', 'exit 1')] },
    check: async (pod) => (await pod.state()) === 'CrashLoopBackOff',
  },
  'restart-one': {
    says: 'init: init containers run again only when the Pod is restarted, not when a container of it is',
    spec: { initContainers: [busybox('a', says('a'))], containers: [runs('w', says('w'))] },
    async check(pod) {
      if ((await pod.log()) === 'a w') await pod.must(['restart', `${pod.name}/w`]);
      return (await pod.log()) === 'a w w-ends w';
    },
  },
};

/** The end has an order, too: what a pod has written when `down` is over. */
const ENDS: Record<string, { says: string; spec: object; log: string }> = {
  'sidecars-last': {
    says: 'sidecar: the kubelet stops the main containers first, then the sidecars in the reverse order of their start',
    spec: {
      initContainers: [sidecar('s1', 'true'), sidecar('s2', 'true')],
      containers: [
        busybox(
          'w',
          `trap "sleep 0.3; ${says('w-ends')}; exit 0" TERM; touch /v/up; while :; do sleep 0.05; done`,
        ),
      ],
    },
    log: 'w-ends s2-ends s1-ends',
  },
  'pre-stop': {
    says: 'hooks: the PreStop hook must complete before the TERM signal is sent',
    spec: {
      containers: [runs('w', 'touch /v/up', { lifecycle: { preStop: exec(`sleep 0.2; ${says('hook')}`) } })],
    },
    log: 'hook w-ends',
  },
  'pre-stop-too-long': {
    says: 'life: when the grace period is over while the hook runs, the kubelet gives two seconds more',
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [runs('w', 'touch /v/up', { lifecycle: { preStop: exec(`${says('hook')}; sleep 1000`) } })],
    },
    log: 'hook w-ends',
  },
};

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('the order of the kubelet', (t) =>
    onFreshHost(t, async (host) => {
      for (const [name, { spec }] of Object.entries(SITUATIONS)) await up(host, name, spec);
      for (const [name, situation] of Object.entries(SITUATIONS)) {
        const pod = podOf(host, name);
        t.ok(await eventually(() => situation.check(pod)), `${name}: ${situation.says}`, {
          log: await pod.log(),
          state: await pod.state(),
        });
      }
      const other = podOf(host, 'never-fails');
      for (const [name, { check }] of Object.entries(SITUATIONS))
        if (name !== other.name)
          t.notOk(await check(other).catch(() => false), `${name}: not of every pod (control)`);
      await host.must(['down', '--all', '--grace', '0']);
      await host.sh('rm -r /tmp/*');
    }),
  );

  t.test('the order of its end', (t) =>
    onFreshHost(t, async (host) => {
      for (const [name, { spec }] of Object.entries(ENDS)) await up(host, name, spec);
      for (const [name, { says, log }] of Object.entries(ENDS)) {
        await eventually(async () => (await host.sh(`ls /tmp/${name}`)).includes('up'));
        await host.must(['down', name]);
        t.equal(words(await host.sh(`cat /tmp/${name}/log`)), log, `${name}: ${says}`);
      }
      await host.sh('rm -r /tmp/*');
    }),
  );
}

/** On a directory of the host, so that what it has written can be read when it is gone. */
async function up({ must, sh }: KernelHost, name: string, spec: object): Promise<void> {
  await sh(`mkdir /tmp/${name}`);
  const volumes = [{ name: 'v', hostPath: { path: `/tmp/${name}` } }];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...spec, volumes } };
  await must(['up', '-d', '--network', 'none', '--allow-host-path', '-f', '-'], {
    input: JSON.stringify(pod),
  });
}

function podOf(host: KernelHost, name: string): Pod {
  return {
    name,
    must: host.must,
    log: async () => words(await host.sh(`cat /tmp/${name}/log 2>/dev/null || true`)),
    of: (container) => recorded(host, `${name}/${container}`),
    state: async () => (await inspected(host, name)).state,
    write: (file) => host.sh(`touch /tmp/${name}/${file}`),
  };
}

function words(text: string): string {
  return text.trim().split('\n').join(' ');
}
