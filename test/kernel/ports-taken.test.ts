import t from 'tap';
import { requires } from '../requires.ts';
import { listed } from './evidence.ts';
import { onFreshHost, withStateDir } from './host.ts';

/** How often two want the same port. */
const AT_ONCE = process.env.NSLAB_CAMPAIGN ? 100 : 8;

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test(`two state directories want one port at the same moment, ${AT_ONCE} times: never both get it`, (t) =>
    onFreshHost(t, async (host) => {
      const both = [
        { ...host, pod: 'p' },
        { ...withStateDir(host, '/run/other'), pod: 'q' },
      ] as const;
      // With a network that is there already the two are as close as they can be.
      for (const each of both) await each.must(['hold', 'first']);
      const published = async () =>
        (await host.sh('nft list ruleset ip')).match(/tcp \. 8080 comment "nslab:[^"]* pod\/[pq]"/g) ?? [];
      let [winners, neither] = [0, 0];
      for (let round = 0; round < AT_ONCE; round++) {
        const results = await Promise.all(
          both.map((each) => each.nslab(['hold', each.pod, '-p', '8080:80'])),
        );
        const losers = results.filter(({ status }) => status !== 0);
        for (const { status, stderr } of losers)
          t.match(
            { status, stderr },
            { status: 1, stderr: /port 8080\/tcp is published by pod\/[pq] of another/ },
          );
        t.ok(losers.length >= 1, 'not both');
        t.equal(
          (await published()).length,
          2 - losers.length,
          'and the kernel has no more elements than that',
        );
        if (losers.length === 1) winners++;
        if (losers.length === 2) neither++;
        await Promise.all(both.map((each) => each.must(['down', '--ignore-not-found', each.pod])));
      }
      t.comment(`one got it: ${winners}, both were refused: ${neither}`);
      for (const each of both) {
        await each.must(['hold', each.pod, '-p', '8080:80']);
        t.equal((await published()).length, 1, 'alone, each gets it (control)');
        await each.must(['down', '--all']);
      }
    }),
  );

  t.test('a port that another state directory has taken meanwhile is not published again', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const other = withStateDir(host, '/run/other');
      const count = async () => (await sh('nft list ruleset ip')).match(/tcp \. 8080 comment/g)?.length ?? 0;
      await must(['hold', 'p', '-p', '8080:80']);
      await sh('nft flush ruleset');
      await other.must(['hold', 'q', '-p', '8080:80']);
      t.match(await nslab(['gc']), {
        status: 0,
        stderr:
          /the ports of pod "p" are not published again: port 8080\/tcp is published by pod\/q of another/,
      });
      t.equal(await count(), 1, 'it is the one of the other');
      t.equal((await listed(host)).get('p/pause')?.state, 'Running', 'the pod runs on');
      await other.must(['down', 'q']);
      t.equal(await count(), 0);
      await sh('nft flush ruleset');
      t.match(await nslab(['gc']), { status: 0, stderr: /is whole again/ }, 'where it is free (control)');
      t.equal(await count(), 1, 'it is published again');
      await must(['down', 'p']);
    }),
  );

  t.test('a port that is taken is refused: by another pod, by a program of the host', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['hold', 'first', '-p', '8080:80', '-p', '8080:80/udp']);
      const hold = (name: string, ...ports: string[]) =>
        nslab(['hold', name, ...ports.flatMap((port) => ['-p', port])]);
      t.match(
        await hold('second', '8080:81'),
        { status: 1, stderr: /port 8080\/tcp.*pod "first"/ },
        'another pod',
      );
      await must(['network', 'create', 'lab']);
      t.match(
        await nslab(['hold', 'second', '--network', 'lab', '-p', '8080:81']),
        { status: 1, stderr: /8080\/tcp/ },
        'in another network, too',
      );
      t.match(await hold('second', '8081:80'), { status: 0 }, 'another port is free (control)');
      const listener = host.host.spawn([
        'node',
        '-e',
        "require('net').createServer().listen(9090, () => console.log('up'))",
      ]);
      await new Promise((resolve) => listener.child.stdout?.once('data', resolve));
      t.match(
        await hold('third', '9090:80'),
        { status: 1, stderr: /port 9090\/tcp of this host is in use\nhint: .*ss -lnp/ },
        'a program of the host',
      );
      t.match(await hold('third', '9090:80/udp'), { status: 0 }, 'its udp twin is free (control)');
      listener.signal('SIGKILL');
      await listener.result;
      t.match(await hold('fourth', '9090:80'), { status: 0 }, 'when the program has gone, it is free');
      for (const [wrong, status] of [
        ['80', 2],
        ['0:80', 2],
        ['70000:80', 2],
        ['8080:80/sctp', 2],
        ['1:2:3', 2],
      ] as const)
        t.match(await hold('wrong', wrong), { status, stderr: /is not a published port\nhint: / }, wrong);
      t.match(await hold('twice', '8090:80', '8090:81'), {
        status: 2,
        stderr: /port 8090\/tcp is published twice/,
      });
      t.match(await nslab(['hold', 'alone', '--network', 'none', '-p', '1:1']), {
        status: 2,
        stderr: /has no interface/,
      });
      for (const name of ['third', 'wrong', 'twice', 'alone'])
        t.equal(
          (await listed(host)).has(`${name}/pause`),
          name === 'third',
          `${name}: nothing is left of a refusal`,
        );
      await must(['down', 'first']);
      t.match(await hold('fifth', '8080:80'), { status: 0 }, 'and free again after down');
      await must(['down', '--all']);
      await must(['network', 'rm', 'lab']);
    }),
  );

  t.test('a program that listens on one address of the host takes the port there', (t) =>
    onFreshHost(t, async (host) => {
      const { nslab, must } = host;
      const listener = host.host.spawn([
        'node',
        '-e',
        "require('net').createServer().listen(9090, '127.0.0.1', () => console.log('up'))",
      ]);
      await new Promise((resolve) => listener.child.stdout?.once('data', resolve));
      const hold = (port: string) => nslab(['hold', 'p', '-p', port]);
      t.match(await hold('9090:80'), { status: 1, stderr: /port 9090\/tcp of this host is in use/ });
      t.match(await hold('127.0.0.1:9090:80'), {
        status: 1,
        stderr: /127\.0\.0\.1:9090\/tcp of this host is in use/,
      });
      t.match(await hold('203.0.113.2:9090:80'), { status: 0 }, 'on another address it is free (control)');
      listener.signal('SIGKILL');
      await listener.result;
      await must(['down', 'p']);
    }),
  );
}
