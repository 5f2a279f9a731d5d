import t from 'tap';
import { nslab as program } from '../campaign/program.ts';
import { eventually } from '../eventually.ts';
import { inspected, tell } from '../kernel/evidence.ts';
import type { KernelHost } from '../kernel/host.ts';
import { requires } from '../requires.ts';
import { answers, besideANeighbour, goesDown } from './neighbour.ts';

/** Bytes: more than any pipe or buffer on the way takes. */
const MUCH = 5_000_000;

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('a flood of output that ends with the disk: told, recorded, and taken down', (t) =>
    besideANeighbour(t, async (host) => {
      const { sh } = host;
      await sh('mkdir -m 755 /run/small; mount -t tmpfs -o size=24m,mode=755 tmpfs /run/small');
      const small = ['--state-dir', '/run/small/state'];
      const must = (args: readonly string[]) => host.must([...small, ...args]);
      await must(['hold', 'bad', '--network', 'none']);
      const run = (name: string, script: string) =>
        must([
          'run',
          '-d',
          '--name',
          name,
          '--pod',
          'bad',
          '--stop-timeout',
          '1',
          '--',
          'bash',
          '-c',
          script,
        ]);
      await run(
        'late',
        'until [ -e /dev/shm/full ]; do read -t 0.1 <> <(:); done; until [ -e /dev/shm/enough ]; do read -t 0.1 <> <(:); done; exit 7',
      );
      await run(
        'stays',
        'trap "exit 5" TERM; while :; do [ ! -e /dev/shm/full ] || yes more 2>/dev/null; read -t 0.1 <> <(:); done',
      );
      // `yes` ends only when a write fails: so the workload gets the error of the full disk.
      await run('flood', 'yes all of this 2> /dev/shm/why; touch /dev/shm/full; exit 3');
      t.equal(await must(['wait', 'flood']), '3\n', 'its status is on record');
      t.match(await must(['exec', 'late', 'cat', '/dev/shm/why']), 'No space left', 'the workload was told');
      t.equal((await sh('df --output=avail /run/small | tail -1')).trim(), '0', 'control: the disk is full');

      for (const args of [
        ['ps', '-a'],
        ['ps', '-a', '-o', 'json'],
        ['inspect', 'bad'],
        ['logs', '--tail', '3', 'bad/flood'],
        ['exec', 'bad/late', 'true'],
        ['gc'],
      ])
        await answers(t, host, [...small, ...args]);
      await tell({ must, sh }, 'late', '/dev/shm/enough');
      t.equal(await must(['wait', 'late']), '7\n', 'what ends on a full disk is on record, too');
      await answers(t, host, [...small, 'stop', 'bad/stays']);
      const state = JSON.parse(await must(['inspect', 'bad/stays'])).items[0] as { exitCode: number };
      t.equal(state.exitCode, 5, 'and what is stopped on one');
      for (const args of [
        ['hold', 'other', '--network', 'none'],
        ['run', '-d', '--name', 'x', '--pod', 'bad', '--', 'true'],
      ])
        t.match(
          await host.nslab([...small, ...args]),
          { status: args[0] === 'run' ? 125 : 1, stderr: /ENOSPC/ },
          `${args[0]}: refused, with the reason`,
        );
      await goesDown(t, host, [...small, 'down', 'bad'], { grace: 1 });
      t.equal(await sh('ls -A /run/small'), '', 'nothing is left on it');
      await sh('umount /run/small; rmdir /run/small');
    }),
  );

  t.test('a flood of tens of megabytes: logs passes all of it on, and nobody waits for it', (t) =>
    besideANeighbour(t, async (host) => {
      const size = 40_000_000;
      await host.must(['hold', 'bad', '--network', 'none']);
      const flood = `head -c ${size} /dev/urandom; exec sleep 1000`;
      await host.must(['run', '-d', '--name', 'flood', '--pod', 'bad', '--', 'bash', '-c', flood]);
      await answers(t, host, ['ps', '-a']);
      await answers(t, host, ['logs', '--tail', '1', 'flood']);
      const log = (await inspected<{ log: string }>(host, 'bad/flood')).log;
      t.ok(await eventually(async () => Number(await host.sh(`stat -c %s ${log}`)) === size), 'written');
      const logs = await host.sh(`${program.argv.join(' ')} logs flood | cmp - ${log} && echo same`);
      t.equal(logs, 'same\n', 'logs: byte for byte');
      await goesDown(t, host, ['down', 'bad']);
    }),
  );

  t.test('up in the foreground, beside a line without an end: Ctrl-C is heard', (t) =>
    besideANeighbour(t, async (host) => {
      const command = ['bash', '-c', 'head -c 120000000 /dev/zero; while :; do echo tick; sleep 0.01; done'];
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'bad' },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'w', image: 'busybox', command }] },
      };
      const manifest = await file(host, '/run/flood.json', JSON.stringify(pod));
      const line = `trap : INT; ${program.argv.join(' ')} up -f ${manifest} | (trap '' INT; head -c ${MUCH} | wc -c > /run/shown; wc -c); exit \${PIPESTATUS[0]}`;
      const up = host.host.spawn(['bash', '-c', line]);
      t.ok(await eventually(async () => (await host.nslab(['ps'])).stdout.includes('Running')), 'it runs');
      const shown = async () => (await host.host.run(['cat', '/run/shown'])).stdout.trim();
      t.ok(await eventually(async () => (await shown()) === `${MUCH}`), 'control: it has much to show');
      // As from a terminal the whole group hears it; those that count do not mind.
      up.signal('SIGINT');
      const { status, stdout, stderr } = await up.result;
      // It would have gone on for ever.
      t.equal(status, 130, stderr);
      t.comment(`shown after that: ${stdout.trim()} bytes`);
      t.notMatch(await host.must(['ps', '-a']), 'bad', 'and nothing of it is left');
      await host.sh(`rm ${manifest} /run/shown`);
    }),
  );
}

async function file({ host }: KernelHost, path: string, content: string): Promise<string> {
  await host.run(['bash', '-c', `cat > ${path}`], { input: content });
  return path;
}
