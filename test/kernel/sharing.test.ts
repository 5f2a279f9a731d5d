import { fileURLToPath } from 'node:url';
import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inodesOf, pidOf, words } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

const ORPHAN = fileURLToPath(new URL('../../native/bin/orphan', import.meta.url));

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('--pod: one host name, one set of queues, one shared memory; what is not joined is not seen', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      await must(['hold', 'web', '--network', 'none']);
      await sleeper(host, 'one', '--pod', 'web');
      await sleeper(host, 'two', '--pod', 'web');
      await sleeper(host, 'alone', '--network=container:web');
      const [holder, one, two, alone] = await inodes(host, ['pause', 'one', 'two', 'alone']);
      for (const kind of ['net', 'ipc', 'uts']) {
        t.equal(one?.[kind], holder?.[kind], `--pod: ${kind} of the holder`);
        t.equal(two?.[kind], holder?.[kind], `--pod: ${kind} of the holder, both`);
      }
      t.equal(alone?.net, holder?.net, '--network alone: net of the holder');
      for (const kind of ['ipc', 'uts', 'pid', 'mnt'])
        t.not(alone?.[kind], holder?.[kind], `--network alone: ${kind} of its own`);

      const nameOf = async (who: string) => (await must(['exec', `web/${who}`, 'hostname'])).trim();
      const machine = await sh('hostname');
      t.same(
        [await nameOf('one'), await nameOf('two'), await nameOf('alone')],
        ['web', 'web', 'web'],
        'copied',
      );
      await must(['exec', '--privileged', 'web/one', 'hostname', 'changed']);
      t.equal(await nameOf('two'), 'changed', 'a name set in one is read in the other');
      t.equal(await nameOf('alone'), 'web', 'with --network alone it is not (control)');
      await sh(`nsenter -t ${await pidOf(host, 'web/alone')} -u hostname other`);
      t.same([await nameOf('alone'), await nameOf('one')], ['other', 'changed'], 'nor the other way');
      t.equal(await sh('hostname'), machine, 'the machine keeps its own');

      const id = words(await must(['exec', 'web/one', 'ipcmk', '-Q'])).at(-1) ?? '';
      const queues = async (who: string) => words(await must(['exec', `web/${who}`, 'ipcs', '-q']));
      t.match(id, /^\d+$/, 'a queue was made');
      t.ok(
        (await queues('one')).includes('0644') || (await queues('one')).includes('644'),
        'its maker sees it',
      );
      t.same(await queues('two'), await queues('one'), 'its neighbour sees the same');
      t.notSame(await queues('alone'), await queues('one'), 'with --network alone it is not seen (control)');
      t.equal(await sh('tail -n +2 /proc/sysvipc/msg'), '', 'nor on the host');

      for (const place of ['/dev/shm', '/dev/mqueue']) {
        await must(['exec', 'web/one', 'touch', `${place}/note`]);
        t.equal(await must(['exec', 'web/two', 'ls', place]), 'note\n', `${place}: seen by the neighbour`);
        t.equal(
          await must(['exec', 'web/alone', 'ls', place]),
          '',
          `${place}: not with --network alone (control)`,
        );
        t.not((await host.host.run(['test', '-e', `${place}/note`])).status, 0, `${place}: not on the host`);
      }
      const device = async (who: string) =>
        await must(['exec', `web/${who}`, 'stat', '-c', '%d', '/dev/shm']);
      t.equal(await device('two'), await device('one'), '/dev/shm: one file system');
      t.not(await device('alone'), await device('one'), '/dev/shm: another one (control)');

      await must(['rm', '-f', 'web/one', 'web/two']);
      await sleeper(host, 'late', '--pod', 'web');
      t.equal(await nameOf('late'), 'changed', 'the holder keeps the name');
      t.ok((await queues('late')).includes(id), 'the holder keeps the queue');
      t.equal(await must(['exec', 'web/late', 'ls', '/dev/shm']), 'note\n', 'the holder keeps the memory');
      await must(['down', 'web']);
    }),
  );

  t.test('--share pid: pause is PID 1, sees all and reaps 1 000 orphans', (t) =>
    onFreshHost(t, async (host) => {
      const { must } = host;
      await must(['hold', 'pod', '--network', 'none', '--share', 'net,ipc,uts,pid']);
      await sleeper(host, 'one', '--pod', 'pod', '--pid=container:pod');
      await sleeper(host, 'two', '--pod', 'pod', '--pid=container:pod');
      await sleeper(host, 'apart', '--pod', 'pod');
      const [holder, one, two, apart] = await inodes(host, ['pause', 'one', 'two', 'apart'], 'pod');
      t.same([one?.pid, two?.pid], [holder?.pid, holder?.pid], 'one pid namespace');
      t.not(holder?.pid, inodesOf(host.host, 1).pid, 'not the host’s (control)');
      t.not(apart?.pid, holder?.pid, 'without --pid its own');
      const comms = ['sh', '-c', 'cat /proc/[0-9]*/comm'];
      t.equal(await must(['exec', 'pod/one', 'cat', '/proc/1/comm']), 'pause\n', 'PID 1 is pause');
      const seen = words(await must(['exec', 'pod/one', ...comms]));
      t.equal(seen.filter((comm) => comm === 'sleep').length, 2, 'each sees the other');
      t.equal(
        words(await must(['exec', 'pod/apart', ...comms])).filter((c) => c === 'sleep').length,
        1,
        'control',
      );
      const entered = await must(['exec', 'pod', 'stat', '-Lc', '%i', '/proc/self/ns/pid']);
      t.equal(Number(entered), holder?.pid, '`exec POD` goes there');

      const pause = await pidOf(host, 'pod/pause');
      await must(['exec', 'pod/one', ORPHAN, '1000']);
      t.ok(await eventually(async () => (await zombies(host, pause)) === 0), 'pause: 0 zombies');
      const careless = await pidOf(host, 'pod/apart');
      await must(['exec', 'pod/apart', ORPHAN, '100']);
      t.equal(await zombies(host, careless), 100, 'a PID 1 that does not reap has 100 (control)');
      await must(['down', 'pod']);
    }),
  );

  t.test('Docker’s sense: what cannot be joined is refused, with the reason', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const refused = async (what: string, args: string[], stderr: RegExp, status = 125) =>
        t.match(await nslab(args), { status, stderr, stdout: '' }, what);
      const run = (...options: string[]) => ['run', '--name', 'w', ...options, '--', 'true'];
      await refused(
        'no such pod',
        run('--network=container:nobody'),
        /no such pod or workload: nobody\nhint: /,
      );
      await refused('no such pod to exec in', ['exec', 'nobody', 'true'], /no such pod or workload: nobody/);
      await refused('no such pod to inspect', ['inspect', 'nobody'], /no such pod/, 1);

      await must(['hold', 'lean', '--network', 'none', '--share', 'net,uts']);
      await refused(
        'ipc is the host’s',
        run('--network=container:lean', '--ipc=container:lean'),
        /non-shareable ipc namespace.*\nhint: .*--share net,uts,ipc/,
      );
      await refused('pid is the host’s', run('--pod=lean', '--pid=container:lean'), /non-shareable/);
      t.match(
        await nslab(run('--rm', '--network=container:lean')),
        { status: 0 },
        'net may be joined (control)',
      );

      for (const pod of ['left', 'right']) {
        await must(['hold', pod, '--network', 'none']);
        await must(['run', '-d', '--name', 'twin', '--pod', pod, '--', 'sleep', '1000']);
      }
      await refused(
        'ambiguous',
        ['exec', 'twin', 'true'],
        /several workloads are called "twin"\nhint: .*left\/twin, right\/twin/,
      );
      await refused('ambiguous', ['stop', 'twin'], /several workloads are called "twin"/, 1);
      t.match(await nslab(['exec', 'left/twin', 'true']), { status: 0 }, 'POD/NAME is not (control)');
      await refused(
        'no such workload',
        ['exec', 'left/nobody', 'true'],
        /pod "left" has no workload "nobody"/,
      );
      await refused('two pods of a name', ['hold', 'left'], /pod "left" exists already/, 1);

      await must(['run', '-d', '--name', 'donor', '--network=none', '--', 'sleep', '1000']);
      await must(['kill', 'donor']);
      await must(['wait', 'donor']);
      await refused(
        'donor not running',
        run('--network=container:donor'),
        /cannot join .* "donor.*": it is not running/,
      );
      await refused('nor exec in it', ['exec', 'donor', 'true'], /it is not running/);
      await refused('rm of a pod', ['rm', 'left'], /"left" is a pod\nhint: .*nslab down left/, 1);
      await refused('rm of what runs', ['rm', 'left/twin'], /is running\nhint: .*-f/, 1);
      await refused(
        'no command',
        ['run', '--name', 'w', '--pod', 'left'],
        /missing required argument|needs a command/,
      );
      await refused('where?', ['run', '--name', 'w', '--', 'true'], /run needs --network container:POD/);
      await refused('a made-up mode', run('--network=bridge'), /neither container:POD nor host nor none/);
      t.notMatch(await sh('ls /run/nslab/pods/*/workloads'), /^w$/m, 'none of the refused has a record');
      await must(['down', '--all']);
    }),
  );
}

async function sleeper({ must }: KernelHost, name: string, ...where: string[]): Promise<void> {
  await must(['run', '-d', '--name', name, ...where, '--', 'sleep', '1000']);
}

async function inodes(host: KernelHost, names: readonly string[], pod = 'web') {
  return await Promise.all(
    names.map(async (name) => inodesOf(host.host, await pidOf(host, `${pod}/${name}`))),
  );
}

async function zombies({ sh }: KernelHost, parent: number): Promise<number> {
  return Number(await sh(`cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z ${parent} ' || true`));
}
