import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { requires } from '../requires.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** A command line that nobody else has. */
const COMMAND = 'sleep 43210';
const RUNNING = `pgrep -xf '${COMMAND}'`;

// Whoever kills `nslab exec` means its command: nobody is left who could read it, or stop it.
if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.setTimeout(300_000);

  t.test('the command of an exec ends with the nslab that started it, whoever is killed', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'p', '--network', 'none']);
      await host.must(['run', '-d', '--name', 'w', '--pod', 'p', '-u', '1234', '--', 'sleep', '1000']);
      for (const target of ['p', '-t p', '-t p/w']) {
        t.equal(
          await deserted(host, target, 'true'),
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
      const left = await host.sh(`
        for delay in 0.0{3,5,7,8,9} 0.1{0,1,2,3,5,7,9} 0.2{2,5}; do
          ${program.argv.join(' ')} exec p ${COMMAND} </dev/null >/dev/null 2>&1 & cli=$!
          sleep $delay; kill -9 $cli; wait $cli 2>/dev/null
        done
        sleep 0.5; ${RUNNING} || true`);
      t.equal(left, '');
      await host.must(['down', 'p']);
    }),
  );
}

/** Starts an exec, does something to it when its command runs, and says what became of that. */
async function deserted({ sh }: KernelHost, target: string, action: string): Promise<string> {
  return await sh(`
    ${program.argv.join(' ')} exec ${target} ${COMMAND} </dev/null >/dev/null 2>&1 & cli=$!
    for i in {1..100}; do sleep 0.02; ${RUNNING} >/dev/null && echo it runs && break; done
    ${action}
    for i in {1..30}; do sleep 0.02; ${RUNNING} >/dev/null || break; done
    left=$(${RUNNING}) && echo it stays && kill -9 $left || echo it ended
    wait $cli 2>/dev/null; true`);
}
