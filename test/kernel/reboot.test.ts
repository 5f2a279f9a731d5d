import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { stateOf } from './damage.ts';
import { listed } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** What a reboot does to the machine and not to files: kernel objects are gone, pids are others', boot_id is another. */
const AFTER_BOOT = '00000000-1111-4222-8333-444444444444';

if (requires(t, 'root', 'ip', 'nft', 'strace', 'busybox')) {
  for (const first of ['hold', 'gc', 'down'] as const) {
    t.test(`a reboot that keeps the files, and then first of all ${first}`, (t) =>
      onFreshHost(t, async (host) => {
        const { must, nslab, sh } = host;
        await must(['network', 'create', 'lab', '--subnet', '10.99.0.0/24']);
        await must(['hold', 'web', '-p', '8080:80']);
        await must(['hold', 'two', '--network', 'lab']);
        await must(['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1000']);
        const kept = (await listed(host)).get('web/pause')?.address;
        await reboot(host);
        const innocents = await livelyBearers(host);

        const seen = await listed(host);
        for (const pod of ['web', 'two'])
          t.match(
            seen.get(`${pod}/pause`),
            { state: 'Gone (the machine has booted since)', pid: null },
            'ps says so',
          );
        t.equal(seen.get('web/w')?.pid ?? null, null, 'nor is a workload said to run');
        const joining = await nslab(['exec', 'web', 'true']);
        t.match(joining, { status: 125, stderr: /^nslab: .*it is not running\nhint: / }, 'exec says so');

        const words = first === 'hold' ? ['hold', 'web'] : first === 'gc' ? ['gc'] : ['down', 'web', 'two'];
        // Without -f: strace would stay as long as the holder does. It is Node's main thread that sends signals.
        const traced = ['strace', '-qq', '-o', '/tmp/trace', '-e', 'trace=kill,tgkill,pidfd_send_signal'];
        const result = await host.host.run([...traced, ...program.argv, ...words]);
        t.equal(result.status, 0, `${first}: ${result.stderr}`);
        t.match(
          `${result.stdout}${result.stderr}`,
          first === 'down' ? /web\ntwo/ : /removed pod web: the machine has booted since it was made/,
        );
        const sent = (await sh('cat /tmp/trace; rm /tmp/trace'))
          .split('\n')
          .filter((line) => /kill\(|signal\(/.test(line));
        t.same(sent, [], 'no signal is sent to anybody');
        for (const pid of innocents)
          t.equal((await sh(`cat /proc/${pid}/comm`)).trim(), 'sleep', `${pid} survives`);

        if (first !== 'hold') await must(['hold', 'web']);
        const again = (await listed(host)).get('web/pause');
        t.match(again, { state: 'Running', address: kept }, 'the name is free, and so is the address');
        t.notOk((await listed(host)).has('two/pause'), 'the other is gone, too');
        await must(['hold', 'two', '--network', 'lab']);
        t.equal(
          (await listed(host)).get('two/pause')?.state,
          'Running',
          'a network that was made to stay is made again',
        );
        await must(['down', '--all']);
        await must(['network', 'rm', 'lab']);
        t.match(await nslab(['gc']), { status: 0, stdout: '' }, 'and gc finds nothing');
        await sh(`kill ${innocents.join(' ')}; umount /proc/sys/kernel/random/boot_id; rm /tmp/boot_id`);
      }),
    );
  }

  t.test('negative control: the same without another boot_id is a dead pod, not a reboot', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'web']);
      await reboot(host, false);
      t.match((await listed(host)).get('web/pause'), { state: 'Dead (its holder is gone)' });
      await host.must(['gc']);
    }),
  );
}

/** Ends every process of ours, removes every kernel object, and keeps the files. */
async function reboot({ host, sh }: KernelHost, withBootId = true): Promise<void> {
  await sh(`
    for pid in $(pgrep -x 'pause|shim'); do kill -9 $pid; while [ -e /proc/$pid ]; do sleep 0.01; done; done
    for link in $(ls /sys/class/net | grep '^ns'); do ip link del $link 2>/dev/null; done
    nft flush ruleset
    rm -rf /run/netns
    for name in default uplink; do echo 0 > /proc/sys/net/ipv4/conf/$name/forwarding; done`);
  if (!withBootId) return;
  // A boot's boot_id is the kernel's: another one is mounted over it, in this pretend host alone.
  writeFileSync(`/proc/${host.pid}/root/tmp/boot_id`, `${AFTER_BOOT}\n`);
  await sh('mount --bind /tmp/boot_id /proc/sys/kernel/random/boot_id');
}

/**
 * Innocents that have the recorded pids *and* the recorded start times: after a reboot both may be alike, and boot_id
 * alone tells them apart.
 */
async function livelyBearers({ host, sh }: KernelHost): Promise<number[]> {
  const pids: number[] = [];
  for (const pod of ['web', 'two']) {
    const pid = Number(await sh('sleep 1000 >/dev/null 2>&1 & echo $!'));
    const path = join(stateOf(host), 'pods', pod, 'status.json');
    const status = JSON.parse(readFileSync(path, 'utf8')) as { holder: object };
    const stat = readFileSync(`/proc/${host.pid}/root/proc/${pid}/stat`, 'utf8');
    const startTime = Number(stat.split(') ')[1]?.split(' ')[19]);
    writeFileSync(path, JSON.stringify({ ...status, holder: { pid, startTime } }));
    pids.push(pid);
  }
  return pids;
}
