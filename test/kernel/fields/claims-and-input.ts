import { eventually } from '../../eventually.ts';
import { recorded } from '../evidence.ts';
import { doing, idle, type Proof, pod } from './proof.ts';

/** Claims, which are memory of the pod; the standard input of a container; the signal that stops it. */
const claim = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
const shell = (name: string, more: object) => ({ name, image: 'busybox', command: ['sh'], ...more });

export const claimsAndInput: readonly Proof[] = [
  {
    name: 'claims',
    fields: [
      ...['Volume.persistentVolumeClaim', 'PersistentVolumeClaimVolumeSource.claimName'],
      ...['PersistentVolumeClaimVolumeSource.readOnly', 'Volume.ephemeral'],
      'EphemeralVolumeSource.volumeClaimTemplate',
    ],
    documents: [
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, ...claim },
      pod('claims', {
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'fixed', persistentVolumeClaim: { claimName: 'fixed', readOnly: true } },
          { name: 'scratch', ephemeral: { volumeClaimTemplate: claim } },
        ],
        containers: [
          {
            ...doing('w', 'echo kept >> /data/f'),
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'fixed', mountPath: '/fixed' },
              { name: 'scratch', mountPath: '/scratch' },
            ],
          },
        ],
      }),
    ],
    async check(t, { inside, succeeds, must, sh, nslab }) {
      t.ok(await eventually(() => succeeds('claims/w', 'test -s /data/f')));
      await must(['restart', 'claims/w']);
      t.ok(
        await eventually(async () => (await inside('claims/w', 'cat /data/f')) === 'kept\nkept'),
        'it outlives a container',
      );
      t.ok(await succeeds('claims/w', 'touch /scratch/f'));
      t.notOk(await succeeds('claims/w', 'touch /fixed/f'), 'readOnly (control)');
      const kept = (name: string, subPath: string) =>
        JSON.stringify(
          pod(name, {
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
            containers: [
              {
                ...doing('w', 'echo $HOSTNAME >> /data/f; cat /part/f'),
                volumeMounts: [
                  { name: 'data', mountPath: '/data' },
                  { name: 'data', mountPath: '/part', subPath },
                ],
              },
            ],
          }),
        );
      const up = (name: string, subPath: string) =>
        nslab(['up', '-d', '--volumes', '/tmp/kept', '-f', '-'], { input: kept(name, subPath) });
      t.match(await up('one', 'a/b'), { status: 0 }, '--volumes');
      t.ok(await eventually(() => succeeds('one/w', 'test -s /data/f')));
      await must(['down', 'one']);
      t.equal(
        await sh('cat /tmp/kept/data/f; stat -c %a /tmp/kept/data/a/b'),
        'one\n777\n',
        'it outlives its pod',
      );
      await must(['up', '-d', '--volumes', '/tmp/kept', '-f', '-'], { input: kept('two', 'a') });
      t.ok(
        await eventually(async () => (await sh('cat /tmp/kept/data/f')) === 'one\ntwo\n'),
        'and the next pod has it',
      );
      await must(['down', 'two']);
      await sh('ln -s /etc /tmp/kept/data/out');
      t.match(
        await up('three', 'out/x'),
        { status: 2, stderr: /leads out of its volume/ },
        'not by a link (control)',
      );
      await sh('rm -r /tmp/kept');
    },
  },
  {
    name: 'stdin, tty, stopSignal',
    fields: ['Container.stdin', 'Container.tty', 'Lifecycle.stopSignal'],
    documents: [
      pod('input', {
        restartPolicy: 'Never',
        os: { name: 'linux' },
        containers: [
          shell('open', { stdin: true, stdinOnce: true }),
          shell('terminal', { tty: true }),
          shell('closed', {}),
          {
            ...idle('usr1'),
            command: [
              'sh',
              '-c',
              'trap "echo usr1; exit 7" USR1; trap "exit 8" TERM; while :; do sleep 0.1; done',
            ],
            lifecycle: { stopSignal: 'SIGUSR1' as const },
          },
          {
            ...idle('term'),
            command: ['sh', '-c', 'trap "exit 7" USR1; trap "exit 8" TERM; while :; do sleep 0.1; done'],
          },
        ],
      } as never),
    ],
    async check(t, pods) {
      const { must, inside } = pods;
      const state = async (name: string) => (await recorded(pods, `input/${name}`)).state;
      t.ok(
        await eventually(async () => (await state('closed')).startsWith('Completed')),
        'a shell at the end of its input (control)',
      );
      for (const name of ['open', 'terminal']) {
        t.equal(await state(name), 'Running', `${name}: a shell waits for its next line`);
        t.match(await inside(`input/${name}`, 'readlink /proc/1/fd/0'), /^pipe:/);
      }
      await must(['stop', 'input/usr1', 'input/term']);
      t.match(await state('usr1'), /\(7\)/, 'stopSignal');
      t.match(await state('term'), /\(8\)/, 'TERM, without it (control)');
      t.equal(await must(['logs', 'input/usr1']), 'usr1\n');
    },
  },
];
