import { fileURLToPath } from 'node:url';
import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inodesOf, inspected, listed, pidOf } from './evidence.ts';
import { onFreshHost } from './host.ts';
import { scripted } from './script/scripted.ts';

const article = fileURLToPath(new URL('../../scripts/labs/two-containers.yaml', import.meta.url));
const ATTACH = ['--netns', 'attach'];
const LEFT = 'ls -d /run/ns* /run/netns /run/pod* 2>/dev/null || true';

interface Facts {
  readonly network: { readonly netns: string; readonly pinned?: boolean };
}

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  for (const driver of ['netlink', 'ip'] as const)
    t.test(`${driver}: a name by attach outlives the holder, a link does not`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, sh, host: machine } = host;
        await must(['hold', 'link', '--driver', driver]);
        await must(['hold', 'pinned', '--driver', driver, ...ATTACH]);
        t.match((await inspected<Facts>(host, 'pinned')).network, {
          netns: '/run/netns/pinned',
          pinned: true,
        });
        t.notOk((await inspected<Facts>(host, 'link')).network.pinned, 'the default is a link (control)');
        const pid = await pidOf(host, 'pinned/pause');
        t.equal(inodesOf(machine, pid).net, Number(await sh('stat -c %i /run/netns/pinned')));
        t.equal(await sh('ip netns pids pinned'), `${pid}\n`);
        t.match(await sh('ip netns list'), /^link/m);

        const told = await must(['transcript', 'pinned']);
        t.match(told, / ip netns attach pinned \d+ = 0/);
        t.match(told, /\$ ip netns attach pinned \d+\n +# .*a mount: it keeps the pod's network namespace/);
        t.match(told, new RegExp(`= /run/netns/pinned is net:\\[${inodesOf(machine, pid).net}\\]`));
        if (driver === 'ip') t.match(told, / ip -n pinned -batch - .*= 0/, 'inside by its name');

        for (const name of ['link', 'pinned'])
          await machine.run(['kill', '-9', String(await pidOf(host, `${name}/pause`))]);
        const veths = async () => (await sh('ip -br link show type veth')).match(/^nsv/gm)?.length;
        t.ok(await eventually(async () => (await veths()) === 1), 'the pair of the one with a link goes');
        t.match(await machine.run(['ip', 'netns', 'exec', 'link', 'true']), {
          stderr: /Cannot open network namespace/,
        });
        t.match(await sh('ip -n pinned -4 -br address'), /^eth0@\S+ +UP +10\.244\.0\.3/m);
        await sh('ip netns del pinned');
        t.ok(
          await eventually(async () => (await veths()) === undefined),
          'the other one stays until `ip netns del`',
        );
        await must(['gc']);
      }),
    );

  t.test('down and gc remove the name of a pinned pod, of whatever is left of that', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const spoils: Record<string, string> = {
        nothing: 'true',
        'its holder': 'kill -9 $HOLDER',
        'half of its record': 'echo x >/run/nslab/pods/a/intent.json',
        'its record': 'rm -r /run/nslab/pods/a',
        'its mount, which `ip netns` that was killed had not made yet': 'umount /run/netns/a',
        'its mount and file': 'ip netns del a',
      };
      for (const [what, spoil] of Object.entries(spoils))
        for (const verb of [['down', 'a'], ['gc']]) {
          await must(['hold', 'a', ...ATTACH]);
          const holder = await pidOf(host, 'a/pause');
          await sh(`HOLDER=${holder}; ${spoil}`);
          const { stderr } = await nslab(verb);
          if (verb[0] === 'gc' && what === 'nothing') {
            t.ok((await listed(host)).has('a/pause'), 'gc leaves what is alive (control)');
            t.equal(await sh('ls /run/netns'), 'a\n');
          }
          await nslab(['gc']);
          await nslab(['down', 'a']);
          t.equal(await sh(LEFT), '', `${verb[0]} after the loss of ${what}: nothing is left`);
          t.notMatch(stderr, /failed/, stderr);
          t.notMatch(await sh('cat /proc/self/mountinfo'), /netns/);
        }
    }),
  );

  t.test('what another program has named stays', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await sh('ip netns add a');
      const inode = await sh('stat -c %i /run/netns/a');
      await must(['hold', 'a', ...ATTACH]);
      const { netns } = (await inspected<Facts>(host, 'a')).network;
      t.match(netns, /^\/run\/netns\/a-[a-z0-9]+$/, 'another name, as the first is taken');
      await must(['down', 'a']);
      t.equal(await sh('ls /run/netns; stat -c %i /run/netns/a'), `a\n${inode}`);
      await sh(`ip netns del a`);
      t.match(await sh('grep " /run/netns " /proc/self/mountinfo'), / shared:/, 'and so does its mount');

      // The inode of a namespace is used again at once.
      for (const [what, spoil] of [
        ['alive', 'true'],
        ['dead', 'kill -9 $HOLDER; while [ -d /proc/$HOLDER ]; do sleep 0.02; done'],
      ] as const) {
        await must(['hold', 'b', ...ATTACH]);
        const ours = await sh('stat -c %i /run/netns/b');
        await sh(
          `HOLDER=${await pidOf(host, 'b/pause')}; ${spoil}; ip netns del b; sleep 0.3; ip netns add b`,
        );
        t.comment(
          `holder ${what}: ours was net:[${ours.trim()}], theirs ${(await sh('stat -c %i /run/netns/b')).trim()}`,
        );
        await must(['down', 'b']);
        t.equal(
          await sh('ls /run/netns; ip netns exec b true'),
          'b\n',
          `another program's b, our holder is ${what}`,
        );
        await sh('ip netns del b');
      }
      await must(['hold', 'b', ...ATTACH]);
      await sh(`sed -i 's/"cookie":"[0-9]*"/"cookie":"1"/' /run/nslab/pods/b/attached.json`);
      await must(['down', 'b']);
      t.equal(await sh('ls /run/netns'), 'b\n', 'the same inode is not enough');
      await sh('ip netns del b');
      await must(['hold', 'b', ...ATTACH]);
      await sh('umount /run/netns/b; chmod 600 /run/netns/b; echo theirs >/run/netns/b');
      await must(['down', 'b']);
      t.equal(await sh('cat /run/netns/b'), 'theirs\n', 'a file that `ip netns` does not leave');
      await sh('rm /run/netns/b; umount /run/netns; rmdir /run/netns');
    }),
  );

  t.test('/run/netns is as it was found', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const state = async () =>
        sh(
          `ls -d /run/netns 2>&1; sed -n 's|^.* \\(/[^ ]*\\) /run/netns [^ ]* |\\1 |p' /proc/self/mountinfo | sed 's/shared:[0-9]*/shared/'`,
        );
      for (const [what, make, unmake] of [
        ['nothing', 'true', 'true'],
        ['a directory', 'mkdir /run/netns', 'rmdir /run/netns'],
        [
          'a private mount',
          'mkdir /run/netns; mount --bind /run/netns /run/netns',
          'umount /run/netns; rmdir /run/netns',
        ],
        [
          'an unbindable one',
          'mkdir /run/netns; mount -t tmpfs --make-unbindable tmpfs /run/netns',
          'umount /run/netns; rmdir /run/netns',
        ],
        [
          'a shared one',
          'mkdir /run/netns; mount --bind --make-shared /run/netns /run/netns',
          'umount /run/netns; rmdir /run/netns',
        ],
      ] as const) {
        await sh(make);
        const before = await state();
        await must(['hold', 'a', 'b', ...ATTACH]);
        t.match(await state(), / shared /, `${what}: while a pod is pinned it is a shared mount (control)`);
        await must(['down', 'a']);
        t.match(await state(), / shared /, `${what}: also while one of two is`);
        await must(['down', 'b']);
        t.equal(await state(), before, what);
        await sh(unmake);
      }

      await must(['hold', 'a', ...ATTACH]);
      await sh('ip netns add theirs');
      await must(['down', 'a']);
      t.match(await state(), / shared /, "it stays with another program's name in it");
      await sh('ip netns del theirs');
      await must(['gc']);
      t.match(await state(), /No such file/, 'and goes when that is gone');

      await must(['hold', 'a', ...ATTACH]);
      const reader = host.host.spawn(['sh', '-c', 'cd /run/netns; echo; exec sleep 10000']);
      await new Promise((resolve) => reader.child.stdout?.once('data', resolve));
      t.match(await nslab(['down', 'a']), { status: 0, stderr: /stays a mount, because it is in use/ });
      await sh("pkill -x -f 'sleep 10000'");
      await reader.result;
      await must(['gc']);
      t.match(await state(), /No such file/);
    }),
  );

  t.test('up names all its pods so, and tells a pod that is named otherwise', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const up = ['up', '-d', '-f', article];
      await must([...up, ...ATTACH]);
      t.match(await sh('grep nsfs /proc/self/mountinfo'), / \/run\/netns\/pod-two-container /);
      t.match(await nslab([...up, ...ATTACH]), { status: 0, stderr: /exists already and equals/ });
      t.match(await nslab(up), { status: 1, stderr: /the name for ip netns: attach → link/ });
      const text = await must(['transcript', 'pod-two-container', '-o', 'script']);
      await must(['down', 'pod-two-container']);
      const script = scripted(t, host, text);
      await script.must('up');
      t.match(await sh('grep nsfs /proc/self/mountinfo'), / \/run\/netns\/pod-two-container /);
      await script.must('down');
      t.equal(await sh(LEFT), '', 'the script leaves nothing either');
      t.notMatch(await sh('cat /proc/self/mountinfo'), /netns/);
      t.match(await nslab([...up, '--netns', 'blue']), {
        status: 2,
        stderr: /the one word attach\nhint: .*hold NAME --netns blue/,
      });
    }),
  );

  t.test('a dry run shows it and does nothing; a pod without a namespace of its own is refused', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      t.match(await must(['hold', 'a', '--dry-run', ...ATTACH]), /^ip netns attach a PID\n/m);
      t.notMatch(await must(['hold', 'a', '--dry-run']), /netns attach/, 'only if it is said (control)');
      t.equal(await sh(LEFT), '');
      for (const words of [
        ['--network', 'host'],
        ['--share', 'ipc'],
      ])
        t.match(await nslab(['hold', 'a', ...words, ...ATTACH]), {
          status: 2,
          stderr: /no network namespace of its own/,
        });
      await must(['hold', 'a', ...ATTACH]);
      const planned = await must(['down', 'a', '--dry-run']);
      t.match(planned, /^ip netns delete a\n(?:.*\n)*umount2\("\/run\/netns", 0\)/m);
      t.match(await sh('ip netns list'), /^a /m, 'it is still there');
      await must(['down', 'a']);
      await sh('ip netns add attach');
      await must(['hold', 'a', '--netns', '/run/netns/attach']);
      t.equal(
        inodesOf(host.host, await pidOf(host, 'a/pause')).net,
        Number(await sh('stat -c %i /run/netns/attach')),
        'one that is called so is meant by its path',
      );
      await must(['down', 'a']);
      await sh('ip netns del attach; umount /run/netns; rmdir /run/netns');
    }),
  );
}
