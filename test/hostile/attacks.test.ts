import t from 'tap';
import { eventually } from '../eventually.ts';
import type { KernelHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';
import { answers, besideANeighbour, goesDown, verbsAnswer } from './neighbour.ts';

/** Seconds. */
const GRACE = 1;

/** An attack by a workload, and the fields that it needs. The workload prints `done` and keeps running. */
interface Attack {
  readonly bash: string;
  /** Fields of the pod. */
  readonly spec?: object;
  /** Fields of the container. */
  readonly container?: object;
  /** Its other output. */
  readonly says?: RegExp;
  /** Only in the campaign: another attack of the table includes it. */
  readonly isRarely?: boolean;
}

const adds = (...add: string[]) => ({ securityContext: { capabilities: { add } } });

const ATTACKS: Readonly<Record<string, Attack>> = {
  'kills all that it sees': { bash: 'kill -9 -1; kill -TERM -1; kill -HUP 1' },
  'kills all that it sees of its pod': {
    spec: { shareProcessNamespace: true },
    bash: 'kill -KILL 1; kill -STOP 1',
  },
  'deletes its program, and keeps files open that it has deleted': {
    bash: 'exec 5<>/etc/mine 6<>/memory/mine 7<>/dev/shm/mine; rm /etc/mine /memory/mine /dev/shm/mine; rm -rf /bin/bash /usr/bin',
  },
  'fills what has a size': {
    bash: 'for f in /dev/shm/full /memory/full /dev/full2; do cat /dev/zero > $f 2>&1; done; echo sizes $(stat -c %s /dev/shm/full /memory/full)',
    says: /sizes 67108864 1048576/,
  },
  'fills /tmp and /run a little, and makes many files': {
    isRarely: true,
    bash: 'head -c 30000000 /dev/zero > /tmp/f; head -c 30000000 /dev/zero > /run/f; mkdir /many; cd /many; touch f{1..5000}',
  },
  'stops, and has its shim wait': { bash: 'echo done; kill -STOP $$' },
  'is nice, and first to be killed': {
    isRarely: true,
    bash: 'renice -n 19 $$; echo 1000 > /proc/self/oom_score_adj',
  },
  'has a name that means something elsewhere': {
    isRarely: true,
    bash: `printf 'a) Z 1 1 (\\n' > /proc/self/comm; exec -a $'\\n) R 0' sleep 1000 & :`,
  },
  'writes in the pod’s files': {
    bash: 'echo evil > /etc/hosts; : > /etc/resolv.conf; head -c 1000000 /dev/zero > /etc/hostname',
  },
  'truncates its log, and makes it a program': {
    bash: ': > /proc/1/fd/1; chmod 4777 /proc/1/fd/1; chown 1:1 /proc/1/fd/1',
  },
  'renames its interface, and makes others': {
    container: adds('NET_ADMIN'),
    bash: 'ip link set eth0 down; ip link set eth0 name nslab0; ip link add eth0 type bridge; ip link set nslab0 address 0a:58:0a:f4:00:01; ip link add v0 type veth peer name v1',
  },
  'deletes its interface': { isRarely: true, container: adds('NET_ADMIN'), bash: 'ip link delete eth0' },
  'moves its interface away': {
    container: adds('NET_ADMIN', 'SYS_ADMIN'),
    bash: 'unshare -n sleep 1000 & until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.05; done; ip link set eth0 netns $!',
  },
  'mounts over all that it was given': {
    container: adds('SYS_ADMIN'),
    bash: 'cd /; for d in etc memory tmp dev run proc sys; do mount -t tmpfs none /$d; done; umount -l /sys; mount --bind / /mnt; mount --make-rshared /',
  },
  'unmounts all that it was given': {
    isRarely: true,
    container: adds('SYS_ADMIN'),
    bash: 'umount -l /etc/hosts /memory /dev/shm /dev /tmp /run /sys /proc',
  },
  'does as it likes, privileged': {
    container: { securityContext: { privileged: true } },
    bash: 'hostname evil; mount -o remount,rw /sys; umount -l /memory; mount -t tmpfs none /etc; ip link del eth0; unshare -m sleep 1000 & :',
  },
};

/** Attacks that end the pod. They print nothing, and `down` must still work. */
const ENDS = 'kill -TERM 1';

function manifest(name: string, { bash, spec, container }: Attack): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      ...spec,
      terminationGracePeriodSeconds: GRACE,
      restartPolicy: 'Never',
      volumes: [{ name: 'memory', emptyDir: { sizeLimit: '1Mi' } }],
      containers: [
        {
          ...container,
          name: 'w',
          image: 'busybox',
          command: ['bash', '-c', `${bash}\necho done; while :; do read -t 1 <> <(:); done`],
          volumeMounts: [{ name: 'memory', mountPath: '/memory' }],
        },
      ],
    },
  });
}

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('whatever a workload does, the verbs answer and down leaves nothing', (t) =>
    besideANeighbour(t, async (host) => {
      const tried = Object.entries(ATTACKS).filter(
        ([, { isRarely }]) => !isRarely || process.env.NSLAB_CAMPAIGN,
      );
      const attacks = tried.map(([title, attack], index) => ({ title, attack, pod: `d${index}` }));
      const all = attacks.map(({ pod, attack }) => manifest(pod, attack)).join('\n---\n');
      await host.must(['up', '-d', '-f', '-'], { input: all });
      for (const { title, attack, pod } of attacks) {
        const said = async () => (await logged(host, pod)).includes('done');
        // A workload that truncates its own log may have removed `done`, too.
        t.ok(attack.bash.includes('/fd/1') || (await eventually(said)), `it ${title}`);
        if (attack.says) t.match(await logged(host, pod), attack.says);
      }
      await verbsAnswer(t, host, 'd1', 'w');
      for (const args of [
        ['ps', '-a', '-o', 'wide'],
        ['inspect', ...attacks.map(({ pod }) => pod)],
        ['ns'],
        ['gc'],
      ])
        await answers(t, host, args);
      await Promise.all(
        attacks.map(async ({ title, pod }) => {
          const { status, timedOut } = await host.nslab(['exec', `${pod}/w`, 'true']);
          // `exec` may find no program to run, but then the error must say so.
          t.ok([0, 125, 126, 127].includes(status) && !timedOut, `exec in what ${title}: ${status}`);
        }),
      );
      await answers(t, host, ['stop', ...attacks.slice(0, 4).map(({ pod }) => `${pod}/w`)]);
      const pods = attacks.map(({ pod }) => pod);
      await goesDown(t, host, ['down', '--ignore-not-found', ...pods], { grace: GRACE, pods: pods.length });
    }),
  );

  t.test('a workload can end its pod where it sees the holder, and no more', (t) =>
    besideANeighbour(t, async (host) => {
      const make = (name: string, bash: string) =>
        host.nslab(['up', '-d', '-f', '-'], {
          input: manifest(name, { bash, spec: { shareProcessNamespace: true } }),
        });
      t.match(await make('later', `until [ -e /memory/go ]; do sleep 0.05; done; ${ENDS}`), { status: 0 });
      const state = async () => JSON.parse(await host.must(['inspect', 'later'])).items[0].state as string;
      t.equal(await state(), 'Running', 'control: not at once');
      // It goes with the pod, and may be ended before it can say that it has done it.
      await host.nslab(['exec', 'later/w', 'touch', '/memory/go']);
      t.ok(await eventually(async () => /dead/i.test(await state())), 'inspect says so');
      await goesDown(t, host, ['down', '--ignore-not-found', 'later'], { grace: GRACE });
      // Sooner than its maker could commit it, or a moment later: it is there, or it is not, and that is what is said.
      for (let n = 0; n < (process.env.NSLAB_CAMPAIGN ? 20 : 2); n++) {
        const made = await make('sooner', ENDS);
        const there = await host.nslab(['inspect', 'sooner']);
        t.equal(made.status, there.status, `made ${made.status}, there ${there.status}: ${made.stderr}`);
        if (made.status === 1) t.match(made.stderr, 'the holder ended before its pod was whole');
        await goesDown(t, host, ['down', '--ignore-not-found', 'sooner'], { grace: GRACE });
      }
    }),
  );

  t.test('nslab’s own program cannot be changed by a workload that has it run', (t) =>
    besideANeighbour(t, async (host) => {
      // As the workload's command, and as a program of `exec`: for the kernel, /proc/self/exe is the calling program, the shim.
      await host.must(['hold', 'bad']);
      const itself = ['/proc/self/exe', 'exec', '--', 'sleep', '1000'];
      await host.must(['run', '-d', '--name', 'w', '--pod', 'bad', '--', ...itself]);
      const inside = async (script: string) => await host.nslab(['exec', 'bad/w', 'bash', '-c', script]);
      t.equal((await inside('cat /proc/1/comm')).stdout, 'shim\n', 'control: there it is');
      t.equal((await inside('/proc/1/exe -v')).status, 0, 'control: it can be run');
      for (const change of ['chmod 755', 'touch', 'chown 0', 'truncate -c -s +0'])
        t.match(
          await inside(`${change} /proc/1/exe`),
          { status: 1, stderr: /Read-only|Text file busy/ },
          change,
        );
      t.not((await inside('test -w /proc/1/exe')).status, 0, 'not even if nobody ran it');
      t.equal((await inside('chmod 755 /bin/true; test -w /bin/true')).status, 0, 'control: another can');
      await host.must(['down', 'bad']);
    }),
  );
}

async function logged(host: KernelHost, pod: string): Promise<string> {
  return await host.must(['logs', `${pod}/w`]);
}
