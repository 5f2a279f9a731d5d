import { existsSync } from 'node:fs';
import t from 'tap';
import { eventually } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inodesOf, inspected, listed, pidOf } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('a holder that was killed by hand, while workloads live', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['hold', 'web', '-p', '8080:80']);
      await must(['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1000']);
      const before = inodesOf(host.host, await pidOf(host, 'web/w'));
      await killHolder(host, 'web');

      const dead = (await listed(host)).get('web/pause');
      t.match(dead, { state: 'Holder dead (its workloads keep the namespaces)', pid: null }, 'ps says so');
      t.equal((await inspected(host, 'web')).state, dead?.state, 'inspect too');
      const worker = await pidOf(host, 'web/w');
      t.same(inodesOf(host.host, worker), before, 'the workload keeps its namespaces');
      t.equal(
        await must(['exec', 'web/w', 'ip', '-o', '-4', 'addr', 'show', 'eth0']).then(hasAddress),
        true,
        'and its address',
      );
      const gone =
        /cannot join the namespaces of pod "web": it is not running\nhint: its holder is gone.*take the pod down/;
      t.match(await nslab(['exec', 'web', 'true']), { status: 125, stderr: gone }, 'exec POD');
      t.match(
        await nslab(['run', '--name', 'x', '--pod', 'web', '--', 'true']),
        { status: 125, stderr: gone },
        'run',
      );
      t.match(
        await nslab(['hold', 'web']),
        { status: 1, stderr: /pod "web" exists already/ },
        'the name is taken',
      );

      const quiet = await nslab(['hold', 'other', '--network', 'none']);
      t.match(quiet, { status: 0, stderr: '' }, 'another verb does not take it away');
      t.ok((await listed(host)).has('web/pause'), 'it is still listed');
      await must(['down', 'other']);

      const plan = ['pod web: its holder is dead', 'network default: it goes with its last pod'];
      t.equal(await must(['gc', '--dry-run']), plan.map((line) => `would remove ${line}\n`).join(''));
      t.ok((await listed(host)).has('web/pause'), '… and did not');
      t.equal(await must(['gc']), 'removed pod web: its holder is dead\n', 'gc');
      t.notOk(existsSync(`/proc/${host.host.pid}/root/proc/${worker}`), 'its workload has ended');
      t.same([...(await listed(host))], [], 'nothing is listed');
      t.equal(await must(['down', '--ignore-not-found', 'web']), '', 'down of what is gone is done already');
      t.equal(await must(['hold', 'web']), 'web\n', 'the name is free again');
      await must(['down', 'web']);
    }),
  );

  t.test('a holder that was killed by hand: down does the same, twice too; and one without workloads', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      for (const pod of ['full', 'empty']) await must(['hold', pod]);
      await must(['run', '-d', '--name', 'w', '--pod', 'full', '--', 'sleep', '1000']);
      const worker = await pidOf(host, 'full/w');
      await killHolder(host, 'full');
      t.match(await nslab(['down', 'full']), { status: 0, stdout: 'full\n', stderr: '' });
      t.notOk(existsSync(`/proc/${host.host.pid}/root/proc/${worker}`), 'the workload has ended');
      t.match(await nslab(['down', 'full']), { status: 1, stderr: /no such pod: full/ }, 'it is gone');
      t.equal(await must(['down', '--ignore-not-found', 'full']), '', 'twice');

      await killHolder(host, 'empty');
      t.match((await listed(host)).get('empty/pause'), { state: 'Dead (its holder is gone)', pid: null });
      t.match(await nslab(['exec', 'empty', 'true']), { status: 125, stderr: /it is not running/ });
      t.equal(await must(['down', 'empty']), 'empty\n');
    }),
  );

  t.test('without a holder restart cannot start again, and so must not stop', (t) =>
    onFreshHost(t, async (host) => {
      await host.must(['hold', 'web', '--network', 'none']);
      await host.must(['run', '-d', '--name', 'w', '--pod', 'web', '--', 'sleep', '1000']);
      const worker = await pidOf(host, 'web/w');
      await killHolder(host, 'web');
      t.match(await host.nslab(['restart', 'web/w']), { status: 1, stderr: /pod "web": it is not running/ });
      t.equal((await listed(host)).get('web/w')?.pid, worker, 'the workload is still running');
      await host.must(['down', 'web']);
    }),
  );

  t.test('a holder, which would stay for ever, leaves on TERM and INT', (t) =>
    onFreshHost(t, async (host) => {
      for (const signal of ['TERM', 'INT']) {
        await host.must(['hold', 'web', '--network', 'none']);
        const pid = await pidOf(host, 'web/pause');
        await host.sh(`kill -${signal} ${pid}`);
        t.ok(await eventually(() => !existsSync(`/proc/${host.host.pid}/root/proc/${pid}`)), signal);
        await host.must(['gc']);
      }
    }),
  );
}

async function killHolder(host: KernelHost, pod: string): Promise<void> {
  const pid = await pidOf(host, `${pod}/pause`);
  await host.sh(`kill -9 ${pid}; while [ -e /proc/${pid} ]; do sleep 0.01; done`);
}

function hasAddress(line: string): boolean {
  return / inet 10\.\d+\.\d+\.\d+\//.test(line);
}
