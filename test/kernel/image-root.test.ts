import t from 'tap';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { pidOf, recorded } from './evidence.ts';
import { onFreshHost } from './host.ts';
import { makeImageRoot } from './image-root.ts';

/** `--image NAME=dir:PATH`: the root of a workload is a directory of this machine, with the programs and users of that. */
const IMAGE = '/tmp/im,a:ge\\ x';
const FLAGS = ['--image', `mine=dir:${IMAGE}`];
const pod = (container: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'w', ...container }] },
  });
const mine = (container: object = {}) =>
  pod({ image: 'registry.example:5000/team/mine:1.2', command: ['sleep', '10000'], ...container });

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('a workload sees the directory, and nothing of the host', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await makeImageRoot(
        host,
        IMAGE,
        'mkdir -p data home app var; ln -s /data/passwd etc/passwd2; ln -s /bin/sh app/ash; ln -s /run var/run',
        'mv etc/passwd data/passwd; ln -s /data/passwd etc/passwd',
        'echo "app:x:4242:4343::/home:/bin/sh" >>data/passwd; printf "app:x:4343:\\nmore:x:4444:app\\n" >etc/group',
        'ln -s ../../../../../../../../usr/bin lib; echo theirs >data/file',
      );
      const contents = () =>
        sh(
          `cd '${IMAGE}' && find . -printf '%p %y %m %U %T@ %C@ %l\\n' | sort; cat data/*; sha256sum bin/busybox`,
        );
      const before = await contents();
      const up = await nslab(['up', '-d', '--wait', '-f', '-', ...FLAGS], {
        input: mine({
          command: ['ash', '-c', 'id -G; touch /data/new; echo ours >/data/file; exec sleep 10000'],
          env: [{ name: 'PATH', value: '/app:/bin' }],
          securityContext: { runAsUser: 0, readOnlyRootFilesystem: false },
          readinessProbe: { exec: { command: ['cat', '/data/new'] }, periodSeconds: 1 },
          lifecycle: { postStart: { exec: { command: ['/app/ash', '-c', 'touch /data/hook'] } } },
        }),
      });
      t.match(up, { status: 0, stdout: 'p\n', stderr: '' });
      const inside = async (script: string, ...flags: string[]) =>
        (await must(['exec', ...flags, 'p', 'sh', '-c', script])).trim();
      t.equal(
        await inside('(ls -A / ; cd / && ls -d etc/*) | sort | busybox tr "\\n" " "'),
        'app bin data dev etc etc/group etc/hostname etc/hosts etc/passwd etc/passwd2 etc/resolv.conf home lib proc sys var',
        'the directory, and what Docker would mount',
      );
      const points = `busybox cut -d" " -f5 /proc/self/mountinfo | sort | busybox grep -v "^/proc/\\|^/dev/"`;
      t.equal(
        await inside(`${points} | busybox tr "\\n" " "`),
        '/ /dev /etc/hostname /etc/hosts /etc/resolv.conf /proc /sys',
        'and no other file system of the host',
      );
      t.match(await inside('cat /proc/self/mountinfo'), / \/ \/ rw,nodev,/, 'without nosuid (control)');
      t.equal(
        await inside('ls /lib/ 2>&1 || :'),
        'ls: /lib/: No such file or directory',
        'a link does not lead out',
      );
      t.equal(await inside('cat /data/file; ls /data'), 'ours\nfile\nhook\nnew\npasswd', 'it can be written');
      t.equal(await contents(), before, 'and the directory itself is as it was');
      t.equal(
        await inside('id -u; id -G; echo $HOME', '-u', 'app'),
        '4242\n4343 4444\n/home',
        'its own users',
      );
      t.equal(await inside('id -G', '-u', '4242'), '4343 4444', 'also by number');
      t.match(await nslab(['exec', '-u', 'daemon', 'p', 'true']), {
        status: 125,
        stderr: `nslab: no user "daemon" in ${IMAGE}\n`,
      });
      t.match(await must(['inspect', 'p']), JSON.stringify(IMAGE).slice(1, -1));
      t.match(await must(['transcript', 'p']), /the root file system of the image/);

      const first = await pidOf(host, 'p/w');
      await sh(`kill -KILL ${first}`);
      await until(async () => (await recorded(host, 'p/w')).restarts === 1 && (await pidOf(host, 'p/w')) > 0);
      await until(async () => (await inside('ls /data')).includes('new'));
      await must(['restart', 'p/w']);
      await until(async () => (await inside('cat /data/file')) === 'ours');
      t.equal(await contents(), before, 'as it was, after restarts');
      await must(['down', 'p']);
      t.match(await must(['up', '--dry-run', '-f', '-', ...FLAGS], { input: mine() }), /--rootfs /);

      await must(['up', '-d', '-f', '-'], { input: pod({ image: 'busybox', command: ['sleep', '10000'] }) });
      t.match(
        await inside('ls -d /usr/bin'),
        '/usr/bin',
        'without the option the root is the host’s (control)',
      );
      t.equal(await inside('id -un', '-u', 'daemon'), 'daemon', 'with its users (control)');
      await must(['down', 'p']);
      await sh(`rm -r '${IMAGE}'`);
    }),
  );

  t.test('up again, with the same manifest: its image may mean something else by now', (t) =>
    onFreshHost(t, async (host) => {
      await makeImageRoot(host, IMAGE);
      const again = (...images: string[]) =>
        host.nslab(['up', '-d', '-f', '-', ...images.flatMap((image) => ['--image', image])], {
          input: mine(),
        });
      t.match(await again(`mine=dir:${IMAGE}`), { status: 0, stdout: 'p\n' });
      t.match(
        await again(`mine=dir:${IMAGE}`),
        { status: 0, stderr: /equals the manifest/ },
        'the same one (control)',
      );
      t.match(await again('mine=busybox'), {
        status: 1,
        stderr: `differs from the manifest:\n  container w.rootfs: ${JSON.stringify(IMAGE)} → (not there)\nhint: take it down`,
      });
      await host.must(['down', 'p']);
      await host.sh(`rm -r '${IMAGE}'`);
    }),
  );

  t.test('links in place of /proc and /dev lead to nothing of the host', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await sh(`mkdir -p '${IMAGE}' && mount -t tmpfs -o nosuid tmpfs '${IMAGE}'`);
      await makeImageRoot(
        host,
        IMAGE,
        'ln -s /tmp/there proc; ln -s /tmp/dev dev; mkdir -p tmp/there tmp/dev',
      );
      await sh('mkdir -p /tmp/there /tmp/dev');
      await must(['up', '-d', '-f', '-', ...FLAGS], {
        input: mine({ command: ['sh', '-c', 'echo 1 >/proc/sys/vm/swappiness; sleep 10000'] }),
      });
      await until(async () => (await must(['logs', 'p/w'])) !== '');
      t.match(await must(['logs', 'p/w']), /Read-only file system/, 'settings are read-only');
      t.equal(await must(['exec', 'p', 'sh', '-c', 'ls -d /proc/self /dev/null']), '/dev/null\n/proc/self\n');
      t.equal(
        await sh('ls -A /tmp/there /tmp/dev'),
        '/tmp/dev:\n\n/tmp/there:\n',
        'nothing is made on the host',
      );
      t.match(
        await must(['exec', 'p', 'cat', '/proc/self/mountinfo']),
        / \/ \/ rw,nosuid,nodev,/,
        'nosuid as its file system is',
      );
      await must(['down', 'p']);
      await sh(`umount '${IMAGE}'; rm -r '${IMAGE}' /tmp/there /tmp/dev`);
    }),
  );

  t.test('what cannot run is refused, and listed', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await makeImageRoot(
        host,
        IMAGE,
        'ln -s /usr/bin/env bin/out; echo >bin/text; mkdir -p data; echo >data/file',
      );
      const refused = async (container: object, stderr: RegExp, flags: readonly string[] = FLAGS) =>
        t.match(await nslab(['up', '-d', '-f', '-', ...flags], { input: mine(container) }), {
          status: 2,
          stdout: '',
          stderr,
        });
      const absent = (program: string) =>
        new RegExp(
          `^nslab: .*: ${program} is not in /tmp/im,a:ge\\\\ x \\(image "[^"]*"\\)\\nhint: [^\\n]*\\n$`,
        );
      await refused({ command: ['setpriv'] }, absent('setpriv'));
      await refused({ command: ['out'] }, absent('out'));
      await refused({ command: ['/usr/bin/env'] }, absent('/usr/bin/env'));
      await refused({ command: ['text'] }, absent('text'));
      await refused({ command: [] }, /is a directory, which says no command\nhint: [^\n]*\n$/);
      await refused({ command: [], args: ['sh'] }, /is a directory, which says no command/);
      const missing = (path: string) => ['--image', `mine=dir:${path}`];
      await refused({}, /\/tmp\/none is no directory on this machine \(image /, missing('/tmp/none'));
      await refused({}, /\/data\/file is no directory on this machine/, missing(`${IMAGE}/data/file`));
      await refused({}, /--image "mine=dir:" is neither NAME=COMMAND nor NAME=dir:PATH/, missing(''));
      await refused({ volumeMounts: [{ name: 'v', mountPath: '/etc/passwd' }] }, /mount .*"v"|volume/);
      t.equal(
        await sh('ls -A /run/nslab 2>/dev/null || true; ip -br link show type bridge'),
        '',
        'nothing was made',
      );
      const listed = async (...flags: string[]) =>
        (await must(['images', ...flags])).match(/^mine .*$/m)?.[0];
      t.match(await listed(...FLAGS), / yes .* dir:\/tmp\/im,a:ge/);
      t.match(await listed(...missing('/tmp/none')), / no .* dir:\/tmp\/none/);
      const check = (container: object) =>
        nslab(['images', 'check', '-', ...FLAGS], { input: mine(container) });
      t.match(await check({}), { status: 0, stdout: /mine:1\.2 +installed/ });
      t.match(await check({ command: undefined }), { status: 3, stdout: /a directory says no command/ });

      await sh(`mkdir -p /tmp/config/nslab
        ln -s '${IMAGE}' /tmp/link
        echo 'mine: { rootfs: /tmp/link, command: [sleep, "10000"], env: { A: b } }' >/tmp/config/nslab/images.yaml`);
      const env = { XDG_CONFIG_HOME: '/tmp/config' };
      await must(['up', '-d', '-f', '-'], { input: mine({ command: undefined }), env });
      t.match(
        await must(['exec', 'p', 'env']),
        /^A=b$/m,
        'in a file it can have a command and an environment',
      );
      t.match(
        await must(['inspect', 'p']),
        `"rootfs": ${JSON.stringify(IMAGE)}`,
        'a link is followed once: it may lead elsewhere when the workload starts anew',
      );
      await must(['down', 'p']);
      await sh('echo "mine: dir:here" >/tmp/config/nslab/images.yaml');
      t.match(await nslab(['up', '-f', '-'], { input: mine(), env }), { status: 2, stderr: /absolute path/ });
      await sh(`rm -r '${IMAGE}' /tmp/link /tmp/config`);
    }),
  );
}
