import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readLease } from '../../src/net/ipam.ts';
import { readNetwork } from '../../src/net/record.ts';
import { emptyStatus } from '../../src/pod/record.ts';
import { podFiles, readPod } from '../../src/pod/store.ts';
import { subjects, viewPod, viewWorkload } from '../../src/pod/view.ts';
import { readWorkload, surveyWorkloads, workloadState } from '../../src/pod/workload-record.ts';
import { OperationError } from '../../src/sys/errors.ts';
import { cpuTime, processStart } from '../process-starts.ts';
import { changed, cut, type Json } from './changed.ts';

/** The number of damaged records. */
const RUNS = process.env.NSLAB_CAMPAIGN ? 10_000 : 600;

const IDENTITY = { pid: 4, startTime: 5 };

const INSTANCE = { id: 'abcdefgh', bootId: 'b', netnsCookie: '1', netns: 2, pidns: 3 };

/** The files of a pod's state, by path below the state directory. */
const STATE: Readonly<Record<string, Json>> = {
  'pods/web/intent.json': {
    ...{
      apiVersion: 'nslab/v1',
      kind: 'Pod',
      name: 'web',
      uid: 'u1',
      instance: INSTANCE,
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    ...{ holder: true, share: ['net', 'ipc', 'uts'], hostname: 'web' },
    interfaces: [{ network: 'default', name: 'eth0', hostInterface: 'nsvabcdefgh', ip: '10.244.0.2' }],
    netnsLink: '/run/netns/web',
    ports: [{ hostPort: 80, podPort: 80, protocol: 'tcp' }],
  },
  'pods/web/status.json': {
    holder: IDENTITY,
    namespaces: { net: 1 },
    wiring: [
      {
        ...{ network: 'default', interface: 'eth0', hostInterface: 'nsvabcdefgh', table: 't' },
        ...{ address: '10.244.0.2/16', gateway: '10.244.0.1', subnet: '10.244.0.0/16', bridge: 'nslab0' },
      },
    ],
  },
  'pods/web/workloads/w/spec.json': {
    ...{ name: 'w', command: ['sleep', '1'], hostname: 'web', logged: true, environment: {} },
    userIds: { uid: 0, gid: 0, groups: [] },
    ...{
      origins: { net: { of: 'web' }, ipc: 'new', uts: 'host', pid: 'new' },
      limitGroups: [],
      creator: IDENTITY,
    },
  },
  'pods/web/workloads/w/status': JSON.parse(emptyStatus()) as Json,
  'networks/default.json': {
    ...{ apiVersion: 'nslab/v1', kind: 'Network', name: 'default', type: 'bridge', bridge: 'nslab0' },
    ...{
      subnet: '10.244.0.0/16',
      gateway: '10.244.0.1',
      mtu: 1500,
      table: 't',
      ipMasq: true,
      onDemand: true,
    },
    ...{ uid: 'u2', instance: INSTANCE, bootId: 'b', ready: true },
  },
  'leases/default/10.244.0.2': { pod: 'web', bootId: 'b' },
};

const PATHS = Object.keys(STATE);

/** Replacement values of a field, many of them of a valid type. */
const value = fc.oneof(
  fc.anything({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    0,
    1,
    -1,
    1.5,
    1e300,
    2 ** 31,
    '',
    'web',
    'w',
    '../x',
    'running',
    'exited',
    'x'.repeat(5000),
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [null],
    { of: 'web' },
    { pid: 1, startTime: 1 },
    true,
    false,
    null,
    undefined,
  ),
);

const spoilt = fc
  .tuple(fc.constantFrom(...PATHS), fc.nat(), fc.nat(), value)
  .chain(([path, place, length, value]) => {
    const whole = STATE[path] ?? null;
    return fc.oneof(
      { weight: 8, arbitrary: fc.constant([path, changed(whole, place, value)] as const) },
      { weight: 1, arbitrary: fc.constant([path, cut(whole, length)] as const) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.constant(path), fc.oneof(fc.json(), fc.string({ unit: 'binary' }))),
      },
    );
  });

t.test(
  `${RUNS} spoilt records: reading gives a record or an error of ours, and a view of it no other`,
  async (t) => {
    const root = t.testdir({});
    const count = { read: 0, refused: 0 };
    const MOST = 40 * (await processStart());
    for (const path of PATHS) write(root, path, JSON.stringify(STATE[path]));
    t.equal(look(root), true, 'as they are written they are read (control)');
    fc.assert(
      fc.property(spoilt, ([path, text]) => {
        write(root, path, text);
        const start = cpuTime();
        try {
          count[look(root) ? 'read' : 'refused']++;
        } finally {
          // Restored also after a failure: else the next case would fail because of this one.
          write(root, path, JSON.stringify(STATE[path]));
        }
        return cpuTime() - start < MOST;
      }),
      { numRuns: RUNS },
    );
    t.comment(count);
    t.ok(count.read > 0 && count.refused > RUNS / 10, 'both happen (control)');
  },
);

t.test('control: a reader that checks nothing is found', async (t) => {
  const naive = (text: string): unknown => (JSON.parse(text) as { ports: unknown[] }).ports.length;
  const found = fc.check(
    fc.property(fc.nat(), value, (place, value) => {
      naive(changed(STATE['pods/web/intent.json'] ?? null, place, value));
    }),
    { numRuns: 20_000 },
  );
  t.ok(found.failed);
});

/** Reads and prints everything as ps, inspect and gc do. False: something was refused. Throws any other error. */
function look(root: string): boolean {
  const files = podFiles(root, 'web');
  const outcomes = [
    () => readNetwork(root, 'default'),
    () => readLease(join(root, 'leases/default'), '10.244.0.2') ?? refused(),
    () => surveyWorkloads(files).every((workload) => !('lost' in workload)) || refused(),
    () => {
      const pod = readPod(root, 'web');
      viewPod(pod);
      subjects(pod);
      const workload = readWorkload(files, 'w');
      if (!workload) refused();
      else JSON.stringify([viewWorkload(pod, workload), workloadState(workload)]);
    },
  ];
  return outcomes.map(passes).every(Boolean);
}

function refused(): never {
  throw new OperationError('not there');
}

function passes(body: () => unknown): boolean {
  try {
    body();
    return true;
  } catch (error) {
    if (error instanceof OperationError) return false;
    throw error;
  }
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
