import { fileURLToPath } from 'node:url';
import { nslab } from './program.ts';
import type { Trial } from './trial.ts';
import { SLEEPER } from './verbs-of-workloads.ts';
import { podIsWhole, workloadIsWhole } from './wholeness.ts';

/** The article's pod; one with many other objects; one that ends by itself. */
const article = fileURLToPath(new URL('../../scripts/labs/two-containers.yaml', import.meta.url));
const rich = fileURLToPath(new URL('rich-pod.yaml', import.meta.url));
const served = fileURLToPath(new URL('served-pod.yaml', import.meta.url));
const isolated = fileURLToPath(new URL('isolated-pod.yaml', import.meta.url));
const job = fileURLToPath(new URL('job-pods.yaml', import.meta.url));
const onImage = fileURLToPath(new URL('image-pod.yaml', import.meta.url));
const brief = fileURLToPath(new URL('brief-pod.yaml', import.meta.url));

const pod = { program: nslab, pod: 'web', prepare: [] };

/** By its arguments: a pod of another state directory may have a holder, too. */
const KILL_HOLDER =
  "pkill -9 -xf '.*/pause web'; while pgrep -xf '.*/pause web' >/dev/null; do sleep 0.02; done";

/** A hold that was killed as it came home from the window: network, lease and holder are there, the commit is not. */
const halfMade = `strace -qq -o /dev/null -e trace=setns -e inject=setns:signal=SIGKILL:when=3 \
  ${nslab.argv.join(' ')} hold web -p 8080:80 --driver ip; [ $? = 137 ] && while pgrep -x 'ip|nft' >/dev/null; do sleep 0.02; done`;

const DENY_ALL = JSON.stringify({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-all' },
  spec: { podSelector: {} },
});

const whole =
  (...workloads: string[]): NonNullable<Trial['isWhole']> =>
  async (host, trial) => {
    // The commit must exist: without it, an uncommitted workload may still run.
    if (!(await podIsWhole(host, trial))) return false;
    for (const workload of workloads) if (!(await workloadIsWhole(host, trial, workload))) return false;
    return true;
  };

const HOLD: Trial = { ...pod, name: 'hold', verb: ['hold', 'web'] };
export const HOLD_PORT: Trial = { ...pod, name: 'hold -p', verb: ['hold', 'web', '-p', '8080:80'] };
export const DOWN: Trial = {
  ...pod,
  name: 'down, with a port and a workload',
  prepare: [['hold', 'web', '-p', '8080:80'], SLEEPER],
  verb: ['down', 'web'],
  isWhole: (host, trial) => workloadIsWhole(host, trial, 'w'),
  undoes: true,
};
export const HOLD_ATTACH: Trial = {
  ...pod,
  name: 'hold --netns attach',
  verb: ['hold', 'web', '--netns', 'attach'],
};
export const DOWN_ATTACH: Trial = {
  ...pod,
  name: 'down, of a pod named by attach',
  prepare: [['hold', 'web', '--netns', 'attach']],
  verb: ['down', 'web'],
  undoes: true,
};
export const UP: Trial = {
  ...pod,
  name: 'up -d',
  pod: 'pod-two-container',
  verb: ['up', '-d', '-f', article],
  isWhole: whole('nginx', 'busybox'),
};

export const UP_JOB: Trial = {
  ...pod,
  name: 'up -d, of a Job',
  pod: 'job-0',
  verb: ['up', '-d', '-f', job],
  isWhole: whole('w'),
  undo: [['down', '--ignore-not-found', '-f', job]],
};

/** In the long campaign alone: beside `up -d` it has one mount more. */
export const UP_IMAGE: Trial = {
  ...pod,
  name: 'up -d, of a pod on the root of an image',
  pod: 'on-image',
  prepare: [
    'mkdir -p /tmp/image/bin; cp "$(command -v busybox)" /tmp/image/bin; ln -s busybox /tmp/image/bin/sleep',
  ],
  verb: ['up', '-d', '-f', onImage, '--image', 'mine=dir:/tmp/image'],
  isWhole: whole('w'),
  undoneTo: 'prepared',
  undo: [['down', '--ignore-not-found', '-f', onImage], 'rm -r /tmp/image'],
};

export const PODS: readonly Trial[] = [
  HOLD,
  HOLD_PORT,
  {
    ...pod,
    name: 'hold, in two networks',
    prepare: [['network', 'create', 'n', '--type', 'ptp']],
    verb: ['hold', 'web', '--network', 'default', '--network', 'n', '-p', '127.0.0.1:8080:80'],
    undoneTo: 'prepared',
    undo: [
      ['down', 'web'],
      ['network', 'rm', 'n'],
    ],
  },
  {
    ...pod,
    name: 'hold --netns, with a network',
    // The kernel numbers a namespace as soon as a pair leads into it (`ip netns list-id`), and keeps that for its life.
    prepare: ['ip netns add blue; ip link add name v1 type veth peer name v2 netns blue; ip link del v1'],
    verb: ['hold', 'web', '--netns', 'blue', '--network', 'default'],
    undoneTo: 'prepared',
    undo: [['down', 'web'], 'ip netns del blue; umount /run/netns; rmdir /run/netns'],
  },
  HOLD_ATTACH,
  DOWN_ATTACH,
  {
    ...pod,
    name: 'gc, of a pod named by attach whose holder was killed',
    prepare: [['hold', 'web', '--netns', 'attach'], KILL_HOLDER],
    verb: ['gc'],
    undoes: true,
  },
  // Each pod is whole or gone, and the second does not exist without the first.
  {
    ...pod,
    name: 'hold, of two',
    verb: ['hold', 'web', 'second'],
    undo: [['down', '--ignore-not-found', 'web', 'second']],
  },
  { ...pod, name: 'down', prepare: [['hold', 'web']], verb: ['down', 'web'], undoes: true },
  DOWN,
  {
    ...pod,
    name: 'gc, of a pod whose holder was killed',
    prepare: [['hold', 'web', '-p', '8080:80'], SLEEPER, KILL_HOLDER],
    verb: ['gc'],
    undoes: true,
  },
  { ...pod, name: 'gc, of a half-made pod', prepare: [halfMade], verb: ['gc'], undoes: true },
  UP,
  {
    ...pod,
    name: 'down -f',
    pod: 'pod-two-container',
    prepare: [['up', '-d', '-f', article]],
    verb: ['down', '-f', article],
    isWhole: whole('nginx', 'busybox'),
    undoes: true,
  },
  UP_JOB,
  {
    ...pod,
    name: 'down -f, of a Job',
    pod: 'job-0',
    prepare: [['up', '-d', '-f', job]],
    verb: ['down', '-f', job],
    // Each pod is whole or gone: between the two, it is written down of the first alone that it ends.
    isWhole: async (host, trial) =>
      (await whole('w')(host, trial)) || (await whole('w')(host, { ...trial, pod: 'job-1' })),
    undo: [['down', '--ignore-not-found', '-f', job]],
    undoes: true,
  },
  {
    ...pod,
    name: 'up -d, of a pod behind a Service',
    pod: 'served',
    verb: ['up', '-d', '-f', served],
    isWhole: whole('w'),
    undo: [['down', '--ignore-not-found', '-f', served]],
  },
  {
    ...pod,
    name: 'down -f, of a pod behind a Service',
    pod: 'served',
    prepare: [['up', '-d', '-f', served]],
    verb: ['down', '-f', served],
    isWhole: whole('w'),
    undo: [['down', '--ignore-not-found', '-f', served]],
    undoes: true,
  },
  {
    ...pod,
    name: 'up -d, of a pod with a NetworkPolicy',
    pod: 'isolated',
    verb: ['up', '-d', '-f', isolated],
    isWhole: whole('w'),
    undo: [['down', '--ignore-not-found', '-f', isolated]],
  },
  {
    ...pod,
    name: 'down -f, of a pod with a NetworkPolicy',
    pod: 'isolated',
    prepare: [['up', '-d', '-f', isolated]],
    verb: ['down', '-f', isolated],
    isWhole: whole('w'),
    undo: [['down', '--ignore-not-found', '-f', isolated]],
    undoes: true,
  },
  {
    ...pod,
    name: 'policy rm',
    pod: 'isolated',
    prepare: [['up', '-d', '-f', isolated]],
    verb: ['policy', 'rm', 'isolated'],
    isWhole: whole('w'),
    undo: [['down', '--ignore-not-found', '-f', isolated]],
    undoes: true,
  },
  {
    ...pod,
    name: 'hold, of a pod that a NetworkPolicy isolates',
    prepare: [`echo '${DENY_ALL}' | ${nslab.argv.join(' ')} up -d -f -`],
    verb: ['hold', 'web'],
    undoneTo: 'prepared',
    undo: [
      ['down', '--ignore-not-found', 'web'],
      ['policy', 'rm', 'deny-all'],
    ],
  },
  {
    ...pod,
    name: 'up -d, of a pod with everything',
    pod: 'rich',
    verb: ['up', '-d', '-f', rich],
    isWhole: whole('main', 'side'),
  },
  {
    ...pod,
    name: 'down, of a pod with everything',
    pod: 'rich',
    prepare: [['up', '-d', '-f', rich]],
    verb: ['down', 'rich'],
    isWhole: whole('main', 'side'),
    undoes: true,
  },
  {
    // The pod ends with its command: after a kill at any call no pod may be whole, and one gc leaves nothing.
    ...pod,
    name: 'up, in the foreground',
    pod: 'brief',
    verb: ['up', '-f', brief],
    isWhole: async () => false,
  },
];
