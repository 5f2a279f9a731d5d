import t from 'tap';
import { requires } from '../requires.ts';
import { ATTEMPTS, FAILED_OTHERWISE, GOT, NO_SUCH_CALL, REFUSED, scriptOf } from './attempts.ts';
import { besideANeighbour, goesDown, verbsAnswer } from './neighbour.ts';

const manifest = (disk: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bad' },
    spec: {
      terminationGracePeriodSeconds: 1,
      volumes: [
        { name: 'memory', emptyDir: {} },
        { name: 'directory', hostPath: { path: '/tmp/directory' } },
      ],
      containers: [{ name: 'plain' }, { name: 'privileged', securityContext: { privileged: true } }].map(
        (container) => ({
          image: 'busybox',
          command: ['sleep', '1000'],
          env: [{ name: 'DISK', value: disk }],
          volumeMounts: [
            { name: 'memory', mountPath: '/memory' },
            { name: 'directory', mountPath: '/host-directory' },
          ],
          ...container,
        }),
      ),
    },
  });

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('what a workload may not do, and that a privileged one may', (t) =>
    besideANeighbour(t, async (host) => {
      const { must, sh } = host;
      await sh('mkdir /tmp/directory; echo hush > /run/secret');
      const disk = (
        await sh(`awk 'NR > 2 && $4 !~ /ram|loop/ { print $1, $2; exit }' /proc/partitions`)
      ).trim();
      await must(['up', '-d', '--allow-host-path', '-f', '-'], { input: manifest(disk || '8 0') });
      const outcomes = async (workload: string, attempts: typeof ATTEMPTS) => {
        const script = scriptOf(attempts);
        const out = await must(['exec', '-i', `bad/${workload}`, 'bash', '-s'], {
          input: script,
        });
        return new Map(
          out
            .trim()
            .split('\n')
            .map((line): [string, number] => {
              const [number, status] = line.split(' ').map(Number);
              return [attempts[number ?? -1]?.name ?? line, status ?? -1];
            }),
        );
      };
      const plain = await outcomes('plain', ATTEMPTS);
      for (const { name, syscall } of ATTEMPTS) {
        const refusals = syscall ? [REFUSED, NO_SUCH_CALL] : [REFUSED];
        t.ok(refusals.includes(plain.get(name) ?? -1), `refused: ${name} (${plain.get(name)})`);
      }
      const asked = ATTEMPTS.filter(({ privileged, syscall }) => privileged || syscall);
      const privileged = await outcomes('privileged', asked);
      for (const { name, syscall } of asked) {
        const answers = syscall ? [GOT, FAILED_OTHERWISE, NO_SUCH_CALL] : [GOT];
        t.ok(answers.includes(privileged.get(name) ?? -1), `control: ${name} (${privileged.get(name)})`);
      }
      await must(['exec', 'bad/plain', 'touch', '/host-directory/evidence']);
      await verbsAnswer(t, host, 'bad', 'plain');
      await goesDown(t, host, ['down', 'bad']);
      t.equal(
        await sh('rm -r /tmp/directory/evidence && ls /tmp/directory'),
        '',
        'control: the directory was the host’s',
      );
      await sh('rm -r /tmp/directory /run/secret');
    }),
  );
}
