import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { type KernelHost, onFreshHost } from './host.ts';

const NSLAB = program.argv.join(' ');
const REMOVE = 'rm -r /run/nslab/pods/web/workloads';

/** A pod `web` whose workload is a command that nobody else has. */
const make = (seconds: number): string =>
  `${NSLAB} hold web --network none >/dev/null; ${NSLAB} run -d --name w --pod web -- sleep ${seconds} >/dev/null`;

if (requires(t, 'root', 'ip', 'nft')) {
  // A shim whose record is gone is known by the file that it still has open: by that very file, not by its name.
  t.test('a workload whose record was removed ends with its pod, and its namesake elsewhere does not', (t) =>
    onFreshHost(t, async ({ sh, must }) => {
      // Its own mount namespace, its own /run: another state, of which `/proc/PID/fd` gives the same names.
      const elsewhere = `mount -t tmpfs -o mode=755 tmpfs /run; ${make(2222)}; ${REMOVE}; touch /tmp/ready
        until [ -e /tmp/go ]; do sleep 0.05; done; ${NSLAB} down web >/dev/null; rm /tmp/ready`;
      await sh(`unshare -m bash -c '${elsewhere}' </dev/null >/dev/null 2>&1 & disown
        until [ -e /tmp/ready ]; do sleep 0.05; done; ${make(1111)}; ${REMOVE}`);
      const running = (): Promise<string> =>
        sh("pgrep -xa sleep | sed -n 's/.*sleep \\([0-9]\\{4\\}\\)$/\\1/p'");
      t.equal(await running(), '2222\n1111\n', 'both run, without a record (control)');
      await must(['down', 'web']);
      t.equal(await running(), '2222\n');
      await sh('touch /tmp/go; while [ -e /tmp/ready ]; do sleep 0.05; done; rm /tmp/go');
      t.equal(await running(), '', 'which ends with its own pod');
    }),
  );

  // Only a shim knows what its workload has left behind in the host's pid namespace: one that is killed cannot end that.
  for (const [what, prepare, end] of [
    ['is stopped', 'pkill -STOP -x shim', 'down web'],
    ['has lost its record', REMOVE, 'down web'],
    ['has lost the record of its pod', 'rm -r /run/nslab/pods/web', 'gc'],
  ] as const)
    t.test(`what a workload has left behind ends with it, also where its shim ${what}`, (t) =>
      onFreshHost(t, async ({ sh, must }) => {
        await must(['hold', 'web', '--network', 'none']);
        const leaves = ['sh', '-c', 'setsid sleep 3333 & exec sleep 1111'];
        await must(['run', '-d', '--name', 'w', '--pod', 'web', '--pid=host', '--', ...leaves]);
        t.ok(await eventually(async () => (await sleeping(sh)) === '1111\n3333\n'), 'both run (control)');
        await sh(prepare);
        await must(end.split(' '));
        t.equal(await sleeping(sh), '', 'none does');
        await must(['gc']);
      }),
    );

  for (const [what, end] of [
    ['its pod goes down', 'nslab down web'],
    ['its pod goes down, and its shim is stopped', 'pkill -STOP -x shim; nslab down web'],
    ['its `nslab exec` is killed', 'kill -9 $exec; while pgrep -x shim; do sleep 0.05; done'],
  ] as const)
    t.test(`what a command of exec has left behind ends with it when ${what}`, (t) =>
      onFreshHost(t, async ({ host, argv, sh, must }) => {
        await must(['hold', 'web', '--network', 'none']);
        const exec = host.spawn([...argv, 'exec', 'web', 'sh', '-c', 'setsid sleep 3333 & exec sleep 1111']);
        t.ok(await eventually(async () => (await sleeping(sh)) === '1111\n3333\n'), 'both run (control)');
        await sh(`nslab() { ${NSLAB} "$@"; }; exec=$(pgrep -f '^node .* exec web'); ${end}`);
        t.equal(await sleeping(sh), '', 'none does');
        t.match(await exec.result, { status: 137 });
        await must(['down', '--all']);
      }),
    );
}

/** How long those sleep that do. */
function sleeping(sh: KernelHost['sh']): Promise<string> {
  return sh("pgrep -xaf 'sleep [0-9]+' | cut -d' ' -f3 | sort");
}
