import t from 'tap';
import type { Result } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { listed } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

const FULL = process.env.NSLAB_CAMPAIGN !== undefined;
/** With fewer Node cannot load a program of several modules: that is said by Node itself, before anything of ours has run. */
const FEWEST = 26;

const NSLAB = program.argv.join(' ');

/** One line that says what, one that says what to do. */
const SAID = /^nslab: [^\n]+\n(hint: [^\n]+\n)?$/;

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('no network namespace is left to be had: ENOSPC says which limit, and nothing is left', (t) =>
    onFreshHost(t, async (host) => {
      // The limit is a user namespace's: in one of our own, so that the machine's is not touched.
      const within = (script: string): Promise<Result> =>
        host.host.run([
          'unshare',
          '-U',
          '-r',
          ...['--net', '--ipc', '--uts', '--mount'],
          'bash',
          '-c',
          script,
        ]);
      const hold = `${NSLAB} hold a --network none`;
      // user_namespaces(7): EPERM in a chroot, and where an administrator has forbidden them. Then there is no such limit to try.
      if ((await host.host.run(['unshare', '-U', 'true'])).status !== 0)
        return t.comment('no user namespace can be made here');
      const control = await within(`${hold}; ${NSLAB} down a`);
      t.match(control, { status: 0, stdout: 'a\na\n' }, 'there it works at all (control)');
      const limited = await within(`echo 0 > /proc/sys/user/max_net_namespaces; ${hold}`);
      t.match(limited, { status: 1, stdout: '', stderr: SAID });
      t.match(limited.stderr, /unshare\(.*CLONE_NEWNET.*ENOSPC.*\nhint: .*max_\*_namespaces/);
      t.same([...(await listed(host))], [], 'nothing is listed');
    }),
  );

  for (const files of [64, 32, FEWEST])
    t.test(`${files} open files: done, or said in one line`, (t) =>
      onFreshHost(t, async (host) => {
        const scarce = (words: string): Promise<Result> =>
          host.host.run(['bash', '-c', `ulimit -n ${files}; ${NSLAB} ${words}`]);
        for (const words of [
          'hold a -p 8080:80',
          'run -d --name w --pod a -- sleep 1000',
          'exec a true',
          'ps -a',
          'gc',
        ]) {
          const result = await scarce(words);
          if (files === 64) t.equal(result.status, 0, `${words}: ${result.stderr}`);
          else if (result.status !== 0) t.match(result.stderr, SAID, `${words}: status ${result.status}`);
          t.notMatch(result.stderr, /^\s+at /m, `${words}: no stack trace`);
        }
        // Whatever has come of it: with the usual limit it can be taken down.
        t.equal((await host.nslab(['down', '--ignore-not-found', 'a'])).status, 0);
        t.match(await host.nslab(['gc']), { status: 0, stderr: '' });
      }),
    );

  t.test(
    '20 open files, with which Node cannot load us: it fails in words of its own, and nothing is touched',
    (t) =>
      onFreshHost(t, async (host) => {
        const result = await host.host.run(['bash', '-c', `ulimit -n 20; ${NSLAB} hold a`]);
        // EMFILE from one Node, from another an abort: nothing of ours has run yet.
        t.not(result.status, 0);
        t.match(result, { stdout: '', stderr: /EMFILE: too many open files|Cannot load/ });
      }),
  );

  // In blocks of 4 KiB or in inodes: each stops hold, run or restart at another file.
  for (const room of ['size=4k', 'size=24k', 'size=48k', 'size=56k', 'nr_inodes=3'])
    t.test(`a file system that is full (${room}): one line says which file, and all is undone`, (t) =>
      onFreshHost(t, async (host) => {
        await host.sh(`mkdir -m 700 /run/nslab; mount -t tmpfs -o mode=700,${room} tmpfs /run/nslab`);
        const failed: string[] = [];
        for (const words of ['hold a -p 8080:80', 'run -d --name w --pod a -- sleep 1000', 'restart a/w']) {
          const { status, stderr } = await host.nslab(words.split(' '));
          if (status !== 0)
            failed.push(stderr.replaceAll(/^nslab: the transcript \/run\S+ is not complete: .*\n/gm, ''));
          if (failed.length > 0) break;
        }
        t.match(failed, [
          /^nslab: cannot \w+ \/run\/nslab\/\S+: no space left on device \(ENOSPC\)\nhint: .*\n$/,
        ]);
        t.match(await host.nslab(['down', '--ignore-not-found', 'a']), { status: 0 });
        t.equal(await host.sh('find /run/nslab -mindepth 1; umount /run/nslab; rmdir /run/nslab'), '');
      }),
    );

  t.test('eight at a time want the five addresses of a /29', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['network', 'create', 'tiny', '--subnet', '10.88.0.0/29']);
      const all = await Promise.all(
        Array.from({ length: 8 }, (_, n) => host.nslab(['hold', `p${n}`, '--network', 'tiny'])),
      );
      t.equal(all.filter(({ status }) => status === 0).length, 5, 'five get one');
      for (const { status, stderr } of all.filter(({ status }) => status !== 0))
        t.match(
          { status, stderr },
          { status: 1, stderr: /^nslab: network "tiny" .* has no free address left of 5\nhint: / },
        );
      const pods = [...(await listed(host)).values()];
      t.equal(new Set(pods.map(({ address }) => address)).size, 5, 'each another one');
      t.equal(pods.length, 5, 'of the others nothing is left');
      await host.must(['down', '--all']);
      await host.must(['network', 'rm', 'tiny']);
    }),
  );

  if (FULL)
    t.test('a thousand pods, and down again', (t) =>
      onFreshHost(t, async (host) => {
        const pods = Array.from(
          { length: 1000 },
          (_, n) => `apiVersion: v1
kind: Pod
metadata: { name: p${n} }
spec: { containers: [{ name: w, image: busybox, command: [sleep, '10000'] }] }
`,
        );
        const options = { input: pods.join('---\n'), timeout: 3_600_000 };
        const up = await host.nslab(['up', '-d', '-f', '-'], options);
        t.equal(up.status, 0, up.stderr);
        t.comment(`up: ${Math.round(up.ms)} ms`);
        const holders = [...(await lines(host))].filter((line) => / pause +\d+\/\d+ +Running /.test(line));
        t.equal(holders.length, 1000);
        t.equal(new Set(holders.map((line) => line.trim().split(/ +/)[6])).size, 1000, 'distinct addresses');
        const down = await host.nslab(['down', '--all'], { timeout: 3_600_000 });
        t.match(down, { status: 0, stderr: '' });
        t.comment(`down: ${Math.round(down.ms)} ms`);
      }),
    );
}

async function lines({ must }: KernelHost): Promise<string[]> {
  return (await must(['ps', '-a', '--no-headers'])).trimEnd().split('\n');
}
