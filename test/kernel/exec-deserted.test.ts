import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** A command line that nobody else has. */
const COMMAND = 'sleep 43210';
const RUNNING = `pgrep -xf '${COMMAND}'`;

// Whoever kills `nslab exec` means its command: nobody is left who could read it, or stop it.
if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('the command of an exec ends with the nslab that started it, whoever is killed', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'p', '--network', 'none']);
      await host.must(['run', '-d', '--name', 'w', '--pod', 'p', '-u', '1234', '--', 'sleep', '1000']);
      for (const target of ['p', '-t p', '-t p/w']) {
        t.equal(
          await deserted(host, target, 'true', 30),
          'it runs\nit stays\n',
          `${target}: not killed (control)`,
        );
        t.equal(
          await deserted(host, target, 'kill -9 $cli'),
          'it runs\nit ended\n',
          `${target}: nslab killed`,
        );
        const shim = 'kill -9 $(< /proc/$cli/task/$cli/children)';
        t.equal(await deserted(host, target, shim), 'it runs\nit ended\n', `${target}: its shim killed`);
      }
      await host.must(['down', 'p']);
    }),
  );

  t.test('also when it is killed at a moment before the command runs', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'p', '--network', 'none']);
      const { ms } = await host.nslab(['exec', 'p', 'true']);
      const moments = Array.from({ length: 14 }, (_, n) => ((n + 1) * ms) / 14_000);
      // What such an exec has started ends with it; where it did not, it would be waited for in vain.
      const left = await host.sh(`
        for moment in ${moments.join(' ')}; do
          ${program.argv.join(' ')} exec p ${COMMAND} </dev/null >/dev/null 2>&1 & cli=$!
          sleep $moment; kill -9 $cli; wait $cli 2>/dev/null
        done
        for i in {1..600}; do pgrep -x 'shim|node|MainThread' >/dev/null || break; sleep 0.05; done
        pgrep -ax shim || ${RUNNING} || true`);
      t.equal(left, '');
      await host.must(['down', 'p']);
    }),
  );
}

/** Starts an exec, does something to it when its command runs, and says what became of that. */
async function deserted({ sh }: KernelHost, target: string, action: string, looks = 2000): Promise<string> {
  const exec = `exec ${program.argv.join(' ')} exec ${target} ${COMMAND}`;
  // -t needs a terminal, and script(1) has one.
  const start = target.startsWith('-t')
    ? `script -qc 'echo $$ >/run/cli; ${exec}' /dev/null`
    : `bash -c 'echo $$ >/run/cli; ${exec}'`;
  return await sh(`
    rm -f /run/cli; ${start} </dev/null >/dev/null 2>&1 & job=$!
    until [ -s /run/cli ]; do sleep 0.02; done; cli=$(< /run/cli)
    for i in {1..2000}; do sleep 0.02; ${RUNNING} >/dev/null && echo it runs && break; done
    ${action}
    for i in {1..${looks}}; do sleep 0.02; ${RUNNING} >/dev/null || break; done
    left=$(${RUNNING}) && echo it stays && kill -9 $left || echo it ended
    wait $job 2>/dev/null; rm -f /run/cli; true`);
}
