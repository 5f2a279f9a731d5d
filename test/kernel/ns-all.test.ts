import t from 'tap';
import { nslab } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** A line of `nslab ns --all -o json`. */
interface Namespace {
  readonly kind: string;
  readonly inode: number;
  readonly whose: readonly { readonly by: string; readonly name: string; readonly member?: string }[];
  readonly processes: number;
  readonly threads: number;
  readonly pid: number | null;
  readonly owner: number | null;
  readonly holds: readonly Readonly<Record<string, unknown>>[];
}

interface Lsns {
  readonly ns: number;
  readonly type: string;
  readonly nprocs: number;
  readonly pid: number | null;
  /** Those of its process's children, in a tree. */
  readonly children?: readonly Lsns[];
}

if (requires(t, 'root', 'ip', 'busybox', 'python')) {
  t.test('every namespace that has a process: as lsns says', (t) =>
    onFreshHost(t, async (on) => {
      await on.must(['hold', 'web']);
      await on.must(['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1000']);
      const stranger = await background(on, 'exec unshare --net --uts sleep 1000');
      await on.sh(`until [ "$(cat /proc/${stranger}/comm)" = sleep ]; do sleep 0.02; done`);
      // Podman's monitor, as far as its command line goes: its container is its child.
      await on.sh('cp "$(command -v bash)" /tmp/conmon');
      const monitor = await background(
        on,
        'exec /tmp/conmon -c "unshare --net sleep 1000; :" -u 0123456789ab -n db',
      );
      await on.sh(`until [ "$(cat /proc/$(pgrep -P ${monitor})/comm)" = sleep ]; do sleep 0.02; done`);
      // One shell for both, and each counts itself: the numbers of this host's processes are the same, too.
      const { theirs, ours } = await both(on);
      t.ok(theirs.length > 12, `lsns sees ${theirs.length}`);
      t.same(comparable(ours), theirs, 'the same namespaces, as many processes, the same first ones');
      t.not(
        JSON.stringify(comparable(ours.slice(1))),
        JSON.stringify(theirs),
        'one less is noticed (control)',
      );

      const whose = (kind: string, pid: number) =>
        ours.find((each) => each.kind === kind && each.pid === pid)?.whose;
      const { holder, workload } = await pids(on);
      t.same(whose('net', holder), [{ by: 'pod', name: 'web' }], 'shared: the pod’s');
      t.same(whose('pid', workload), [{ by: 'pod', name: 'web', member: 'w' }], 'its own: the workload’s');
      const net = ours.find(({ kind, pid }) => kind === 'net' && pid === holder)?.inode;
      const why = await on.nslab(['ns', 'why', String(net)]);
      t.match(why.stderr, `net:[${net}] of pod web lives until all of these 3 are gone`);
      t.match(
        why.stdout,
        /^descriptor \d+ of process \d+ +- +\S+\/shim run /m,
        'its shim would start it again in there',
      );
      t.match(why.stdout, new RegExp(`^process ${workload} +pod web/w +sleep 1000$`, 'm'));
      t.same(ours.find(({ kind }) => kind === 'cgroup')?.whose, [{ by: 'host', name: 'this host' }]);
      const podman = ours.find(({ whose }) => whose[0]?.by === 'podman');
      t.match(
        podman,
        { kind: 'net', whose: [{ name: 'db' }] },
        'a container of Podman, by its monitor’s words',
      );
      await on.sh(`kill ${stranger} $(pgrep -P ${monitor}); rm /tmp/conmon`);
      await on.must(['down', '--all']);
    }),
  );

  t.test('held by a mount, a descriptor, a thread, or as an owner alone: found, and why says so', (t) =>
    onFreshHost(t, async (on) => {
      await on.sh('ip netns add blue');
      const blue = Number(await on.sh('stat -Lc %i /run/netns/blue'));
      // A process makes a user and a network namespace and goes; a shell keeps a descriptor of the second alone.
      const shell = await background(on, KEEP_DESCRIPTOR);
      const kept = Number(
        await on.sh(`until stat -Lc %i /proc/${shell}/fd/7 2>/dev/null; do sleep 0.02; done`),
      );
      await on.sh(`while pgrep -P ${shell} sleep >/dev/null; do sleep 0.02; done`);
      const python = await background(on, `exec python3 -c '${MOVE_THREAD}'`);
      await on.sh(`until [ "$(cat /proc/${python}/task/*/comm | grep -c moved)" = 1 ]; do sleep 0.02; done`);
      const tid = Number(await on.sh(`grep -l moved /proc/${python}/task/*/comm | cut -d/ -f5`));
      const moved = Number(await on.sh(`stat -Lc %i /proc/${python}/task/${tid}/ns/uts`));

      const { theirs, ours } = await both(on);
      const find = (inode: number | null | undefined) => ours.find((each) => each.inode === inode);
      for (const inode of [blue, kept, moved])
        t.notOk(
          theirs.some(({ ns, nprocs }) => ns === inode && nprocs > 0),
          `lsns finds no process in ${inode}`,
        );
      t.match(find(blue), { kind: 'net', processes: 0, pid: null, whose: [{ by: 'netns', name: 'blue' }] });
      t.match(find(blue)?.holds, [{ by: 'mount', path: '/run/netns/blue' }]);
      t.match(find(kept), { kind: 'net', processes: 0, holds: [{ by: 'fd', pid: shell, fd: 7 }] });
      t.match(find(moved), {
        kind: 'uts',
        processes: 0,
        threads: 1,
        holds: [{ by: 'thread', pid: python, tid }],
      });
      const time = ours.find(({ kind, processes }) => kind === 'time' && processes === 0);
      t.match(time?.holds, [{ by: 'children', pid: python }], 'one that only a next child would be in');
      const owner = find(find(kept)?.owner);
      // user_namespaces(7): EPERM in a chroot, and where an administrator has forbidden them. Then it is the host's.
      const hasUsers = (await on.sh('unshare --user true 2>/dev/null && echo yes || echo no')) === 'yes\n';
      if (hasUsers)
        t.match(owner, { kind: 'user', processes: 0, holds: [{ by: 'owner', of: 'net', inode: kept }] });
      else t.comment('no user namespace can be made here');

      const table = await on.must(['ns', '--all']);
      t.match(table, /^net +\d+ +0 +- +netns blue +only: bind mount \/run\/netns\/blue$/m);
      t.match(table, new RegExp(`^net +${kept} .* only: descriptor 7 of process ${shell}$`, 'm'));
      t.match(table, new RegExp(`^uts +${moved} .* only: thread ${tid} of process ${python}$`, 'm'));
      if (hasUsers) t.match(await on.must(['ns', 'why', String(owner?.inode)]), `owner of net:[${kept}]`);
      t.match(
        await on.must(['ns', 'why', `net:[${blue}]`, '-o', 'json']),
        /"kind": "net",\n +"inode": \d+(.*\n)*.*"by": "mount",\n +"path": "\/run\/netns\/blue"/,
      );
      t.match(await on.nslab(['ns', 'why', '12']), {
        status: 1,
        stderr: /no namespace has inode 12\nhint: .*ns --all/,
      });
      t.match(await on.nslab(['ns', 'why', 'net']), {
        status: 2,
        stderr: /"net" is not a namespace's inode/,
      });
      t.match(await on.nslab(['ns', '--all', 'web']), { status: 2, stderr: /takes no names/ });

      // What held them goes, and so do they.
      await on.sh(
        `ip netns del blue; umount /run/netns; rmdir /run/netns; kill ${python} ${shell}; while kill -0 ${shell} 2>/dev/null; do sleep 0.02; done`,
      );
      const after = (await both(on)).ours.map(({ inode }) => inode);
      t.notOk(
        [blue, kept, moved, ...(hasUsers ? [owner?.inode] : [])].some((inode) =>
          after.includes(inode as number),
        ),
        'gone (control)',
      );
    }),
  );
}

const KEEP_DESCRIPTOR = `
unshare $(unshare --user true 2>/dev/null && echo --user) --net sleep 1000 & child=$!
until [ "$(< /proc/$child/comm)" = sleep ]; do sleep 0.01; done
exec 7< /proc/$child/ns/net
kill $child; wait $child 2>/dev/null
while :; do sleep 0.2 7<&-; done`;

// A thread that is elsewhere than its process, as Go programs have them; and a time namespace for children to come.
const MOVE_THREAD = `
import ctypes, threading, time
libc = ctypes.CDLL(None)
def move():
    libc.unshare(0x04000000)
    libc.prctl(15, b"moved")
    time.sleep(1000)
threading.Thread(target=move, daemon=True).start()
libc.unshare(0x80)
time.sleep(1000)`;

/** Starts a bash script that goes on, and gives its pid inside. */
async function background({ host }: KernelHost, script: string): Promise<number> {
  const { stdout } = await host.run(['bash', '-c', 'bash -c "$SCRIPT" <&- >/dev/null 2>&1 & echo $!'], {
    env: { SCRIPT: script },
  });
  return Number(stdout);
}

async function both({ sh }: KernelHost): Promise<{ theirs: Lsns[]; ours: Namespace[] }> {
  // `true` at the end: the shell would become its last command, and be one process less.
  const out = await sh(`lsns -J; ${nslab.argv.join(' ')} ns --all -o json; true`);
  const [theirs = '', ours = ''] = out.split(/\n(?=\{)/).filter((part) => part.trim() !== '');
  const list = (JSON.parse(theirs) as { namespaces: Lsns[] }).namespaces;
  return {
    theirs: flat(list)
      .filter(({ nprocs }) => nprocs > 0)
      .map(({ ns, type, nprocs, pid }) => ({ ns, type, nprocs, pid }))
      .sort((a, b) => a.ns - b.ns),
    ours: (JSON.parse(ours) as { items: Namespace[] }).items,
  };
}

function flat(list: readonly Lsns[]): Lsns[] {
  return list.flatMap((each) => [each, ...flat(each.children ?? [])]);
}

/** Ours as lsns would say it. */
function comparable(ours: readonly Namespace[]): Lsns[] {
  return ours
    .filter(({ processes }) => processes > 0)
    .map(({ inode, kind, processes, pid }) => ({ ns: inode, type: kind, nprocs: processes, pid }))
    .sort((a, b) => a.ns - b.ns);
}

async function pids({ must }: KernelHost): Promise<{ holder: number; workload: number }> {
  const { processes } = JSON.parse(await must(['ns', '-o', 'json'])) as {
    processes: { name: string; pid: number }[];
  };
  const pid = (name: string) => processes.find((each) => each.name === name)?.pid ?? 0;
  return { holder: pid('pause'), workload: pid('w') };
}
