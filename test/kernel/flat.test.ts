import t from 'tap';
import { strace } from '../campaign/strace.ts';
import { requires } from '../requires.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** The pods that no verb below is about. */
const OTHERS = Array.from({ length: 20 }, (_, n) => `other-${n}`);

if (requires(t, 'root', 'strace', 'busybox')) {
  t.test('a verb looks at nothing of the pods that it does not touch', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', ...OTHERS]);
      await host.must(['run', '-d', '--network', 'container:other-0', '--name', 'w', '--', 'sleep', '1000']);
      const verbs = [
        ['hold', 'x'],
        ['run', '-d', '--network', 'container:x', '--name', 'w', '--', 'sleep', '1000'],
        ['exec', 'x/w', 'true'],
        ['stop', 'x/w', '--grace', '0'],
        ['rm', 'x/w'],
        ['down', 'x'],
      ];
      for (const argv of verbs) t.same(await seenOfOthers(host, argv), [], argv.join(' '));

      // Controls: these are about all pods, or have a reason.
      t.not((await seenOfOthers(host, ['ps'])).length, 0, 'ps shows all');
      await killedAtWork(host);
      t.not((await seenOfOthers(host, ['hold', 'x'])).length, 0, 'a process was killed at work');
      t.equal((await host.must(['ps', '-aq'])).includes('half'), false, 'what it left was removed');
      await host.sh('rm /run/nslab/leases/default/10.*.0.2');
      t.not((await seenOfOthers(host, ['hold', 'y'])).length, 0, 'a lease was removed by hand');
      t.same(await seenOfOthers(host, ['down', 'x']), [], 'afterwards all is quiet again');
      await host.must(['down', '--all']);
    }),
  );

  t.test('a dead pod is removed by the verb that it stands in the way of', (t) =>
    onFreshHost(t, async (host) => {
      const kill = async (pod: string) => {
        const { items } = JSON.parse(await host.must(['ps', '-o', 'json']));
        const { pid } = items.find((item: { pod: string }) => item.pod === pod);
        await host.sh(`kill -9 ${pid}; while [ -e /proc/${pid}/fd/4 ]; do sleep 0.01; done`);
      };
      await host.must(['hold', 'a', 'b', 'c']);
      await kill('a');
      await kill('b');
      const { stderr } = await host.nslab(['hold', 'd']);
      t.equal(stderr, '', 'what is about another pod leaves it alone');
      t.match(await host.must(['ps', '-aq']), /^a$/m);
      const again = await host.nslab(['hold', 'a']);
      t.match(again, { status: 0, stdout: 'a\n', stderr: /removed pod a: its holder/ }, 'by its name');
      t.match(await host.must(['gc']), /^removed pod b: its holder/, 'gc looks at all');
      await host.must(['hold', 'e', '--ip', '10.244.0.50']);
      await kill('e');
      const address = await host.nslab(['hold', 'f', '--ip', '10.244.0.50']);
      t.match(address, { status: 0, stderr: /removed pod e: its holder/ }, 'by its address');
      await host.must(['hold', 'g', '-p', '8080:80']);
      await kill('g');
      const port = await host.nslab(['hold', 'h', '-p', '8080:80']);
      t.match(port, { status: 0, stderr: /removed pod g: its holder/ }, 'by its port');
      const taken = await host.nslab(['hold', 'i', '-p', '8080:80']);
      t.match(
        taken,
        { status: 1, stderr: /published by pod "h" already/ },
        'one that lives keeps it (control)',
      );
      await host.must(['down', '--all']);
    }),
  );

  t.test('a dead pod is removed by the verb that names it, in whatever way', (t) =>
    onFreshHost(t, async (host) => {
      const verbs = [['stop'], ['kill'], ['restart'], ['rm']];
      for (const [n, verb] of verbs.entries()) {
        const [workload, pod] = [`w${n}`, `other@p${n}`];
        const names = n === 0 ? [workload, `p${n}`, `p${n}/${workload}`] : [workload];
        for (const name of names) {
          await host.must(['hold', pod, 'beside']);
          await host.must(['run', '-d', '--name', workload, '--pod', pod, '--', 'sleep', '1000']);
          const { stderr } = await host.nslab([...verb, workload]);
          t.notMatch(stderr, /removed/, `${verb.join(' ')} of one that lives removes no pod (control)`);
          await host.nslab(['stop', '--grace', '0', workload]);
          await killHolders(host, pod, 'beside');
          const result = await host.nslab([...verb, name]);
          const said = new RegExp(
            `removed pod ${pod}: its holder.*\\nnslab: no such pod or workload: ${name}`,
          );
          t.match(result, { status: 1, stderr: said }, `${verb.join(' ')} ${name}`);
          t.match(await host.must(['ps', '-aq']), /^beside$/m, 'it leaves alone what it does not name');
          await host.must(['down', '--all']);
        }
      }
    }),
  );

  t.test('another verb that is about to lease is no reason to look at all pods', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'a', 'b']);
      await killHolders(host, 'b');
      // As between a lease and its seal: under the lock, and a time that is no whole second.
      const during = (end: string) =>
        host.sh(`
          exec 9</run/nslab/networks; flock -x 9; touch -d @5.5 /run/nslab/leases/default
          ${host.argv.join(' ')} stop a 9<&- & verb=$!
          until ls -l /proc/$verb/fd | grep -q 'nslab/networks$' || ! [ -e /proc/$verb/exe ]; do sleep 0.01; done
          ${end}; exec 9<&-; wait $verb; ${host.argv.join(' ')} ps -aq`);
      t.match(await during('touch -d @6 /run/nslab/leases/default'), /^b$/m, 'it stays');
      t.notMatch(await during('true'), /^b$/m, 'where nobody seals them they were changed by hand (control)');
      await host.must(['down', '--all']);
    }),
  );
}

async function killHolders({ must, sh }: KernelHost, ...pods: readonly string[]): Promise<void> {
  const { items } = JSON.parse(await must(['ps', '-a', '-o', 'json'])) as {
    items: { pod: string; name: string; pid: number }[];
  };
  for (const { pod, name, pid } of items)
    if (pods.includes(pod) && name === 'pause')
      await sh(`kill -9 ${pid}; while [ -e /proc/${pid}/fd/4 ]; do sleep 0.01; done`);
}

/** A `hold` that is killed when its pod is half made. */
async function killedAtWork({ host, argv }: KernelHost): Promise<void> {
  await strace(host, ['-e', 'inject=sethostname:signal=SIGKILL'], [...argv, 'hold', 'half'], {});
}

/** The calls with a path of another pod in them. What lists names, as getdents64(2) does, reads nothing of a pod. */
async function seenOfOthers({ host, argv }: KernelHost, verb: readonly string[]): Promise<string[]> {
  const { result, calls } = await strace(host, [], [...argv, ...verb], {});
  if (result.status !== 0) throw new Error(`nslab ${verb.join(' ')}: ${result.stderr}`);
  return calls.map(({ text }) => text).flatMap((text) => /.*other-\d.*/.exec(text)?.[0].slice(0, 200) ?? []);
}
