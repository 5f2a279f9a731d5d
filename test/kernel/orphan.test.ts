import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { onFreshHost } from './host.ts';

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
}
