import t from 'tap';
import { leftBehind } from '../campaign/left-behind.ts';
import type { Result } from '../campaign/pretend-host.ts';
import { nslab as program } from '../campaign/program.ts';
import { until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { inspected, listed, listens, pidOf, words } from './evidence.ts';
import { type KernelHost, onFreshHost } from './host.ts';

/** A second state directory. */
const B = ['--state-dir', '/run/b'];

/** What `inspect` says of the kernel objects of a pod. */
interface PodFacts {
  readonly network: {
    readonly hostInterface: string;
    readonly bridge: string;
    readonly table: string;
    readonly netns: string;
  };
}

if (requires(t, 'root', 'ip', 'nft', 'busybox')) {
  t.test('two state directories in one network namespace: neither touches an object of the other', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab } = host;
      await must(['hold', 'p', '-p', '8080:80']);
      await must(['run', '-d', '--name', 'w', '--pod', 'p', '--', 'node', '-e', SERVER]);
      t.ok(await listens(host, 80, await pidOf(host, 'p/pause')), 'the server of A is up');
      const first = await objects(host, 'p');
      t.equal(await request(host, 8080), 'answer\n');
      t.equal(await request(host, 8081), '', 'not at another port (control)');

      await must([...B, 'hold', 'q']);
      await must([...B, 'hold', 'p', '-p', '8081:80']);
      t.same(await objects(host, 'p'), first, 'A has what it had');
      const second = await objects(host, 'p', B);
      for (const what of ['alias', 'hostInterface', 'bridge', 'table', 'netns'] as const)
        t.not(second[what], first[what], `each has its own: ${what}`);
      t.equal(first.netns, '/run/netns/p -> /run/nslab/pods/p/netns');
      t.match(second.netns, /^\/run\/netns\/p-[a-z2-7]{8} -> \/run\/b\/pods\/p\/netns$/);
      t.not(await inodeOf(host, first.netns), await inodeOf(host, second.netns), 'two namespaces');
      t.equal(await inodeOf(host, first.netns), await netnsOf(host, await pidOf(host, 'p/pause')), "A's");

      t.match(await nslab([...B, 'gc']), { status: 0, stdout: '', stderr: '' });
      await must([...B, 'down', 'p', 'q']);
      t.same(await objects(host, 'p'), first, 'when B is down, A has what it had');
      t.equal(await request(host, 8080), 'answer\n', 'and serves');
      t.equal(await forwarding(host), '1', 'forwarding is on');
      t.match(await nslab([...B, 'gc']), { status: 0, stdout: '', stderr: '' });
      t.match(await nslab(['gc']), { status: 0, stdout: '', stderr: '' });
      await must(['down', 'p']);
      t.equal(await forwarding(host), '0', 'A was the last');
      t.equal(await request(host, 8080), '', 'gone with its pod (control)');
    }),
  );

  t.test('forwarding of the uplink goes off with the last of two state directories', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      for (const [first, last] of [
        [[], B],
        [B, []],
      ] as const) {
        const order = first === B ? 'B leaves first' : 'A leaves first';
        t.equal(await forwarding(host), '0', `${order}: before`);
        await must(['hold', 'p']);
        t.equal(await forwarding(host), '1', `${order}: A turns it on`);
        await must([...B, 'hold', 'p']);
        await must([...first, 'down', 'p']);
        t.equal(await forwarding(host), '1', `${order}: it stays on`);
        await must([...last, 'down', 'p']);
        t.equal(await forwarding(host), '0', `${order}: the last one turns it off`);
      }

      await must(['hold', 'p']);
      await sh('rm -r /run/nslab/networks/.prior');
      await must(['down', 'p']);
      t.equal(await forwarding(host), '0', 'the table of prior values is enough');

      await must(['hold', 'p']);
      await sh('nft flush ruleset');
      await must(['down', 'p']);
      t.equal(await forwarding(host), '0', 'and so is the file');

      await sh('echo 1 > /proc/sys/net/ipv4/conf/uplink/forwarding');
      await must(['hold', 'p']);
      await must([...B, 'hold', 'p']);
      await must(['down', 'p']);
      await must([...B, 'down', 'p']);
      t.equal(await forwarding(host), '1', 'what was on before both stays on (control)');
      await sh('echo 0 > /proc/sys/net/ipv4/conf/uplink/forwarding');
    }),
  );

  t.test('forwarding stays on where ip_forward was turned on meanwhile', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'p']);
      await sh('echo 1 > /proc/sys/net/ipv4/ip_forward');
      t.match(await nslab(['down', 'p']), {
        status: 0,
        stdout: 'p\n',
        stderr: /ip_forward was turned on meanwhile: forwarding of default, uplink stays on/,
      });
      t.equal(await forwarding(host), '1');
      t.equal(await sh('nft list tables'), '', 'the table of prior values is gone');
      await sh('echo 0 > /proc/sys/net/ipv4/ip_forward');
      await must(['hold', 'p']);
      t.match(
        await nslab(['down', 'p']),
        { status: 0, stderr: '' },
        'where it was not, nothing is said (control)',
      );
      t.equal(await forwarding(host), '0');
    }),
  );

  t.test('a state directory of another network namespace is only read', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await sh('ip netns add n1');
      const inside = (...args: string[]) =>
        host.host.run(['ip', 'netns', 'exec', 'n1', ...program.argv, ...args]);
      const made = await inside('hold', 'p', '-p', '8080:80');
      t.match(made, { status: 0, stdout: 'p\n' });
      t.match(await inside('network', 'create', 'lab', '--subnet', '10.99.0.0/24'), { status: 0 });
      t.match(
        await inside(
          'run',
          '-d',
          '--name',
          'w',
          '--pod',
          'p',
          '--',
          'sh',
          '-c',
          'echo hello; exec sleep 1000',
        ),
        {
          status: 0,
        },
      );
      const { network } = await inspected<PodFacts>(host, 'p');
      const marked = (await sh('ip netns exec n1 nft -j list ruleset ip')).match(
        /nslab:[^"]* network\/default/,
      )?.[0];
      t.ok(marked, 'the table inside is marked');
      // What has the very name and mark of the table inside is here an object of another namespace.
      await sh(`nft 'table ip ${network.table} { comment "${marked}"; }'`);
      await sh(`ip link add ${network.hostInterface} type veth peer name theirs`);
      const before = await host.host.snapshot();

      const [here, there] = [await netnsOf(host), await inodeOf(host, '/run/netns/n1')];
      t.not(here, there);
      for (const args of [
        ['down', 'p'],
        ['down', '--all'],
        ['hold', 'other'],
        ['network', 'rm', 'lab'],
        ['network', 'create', 'more'],
        ['run', '--name', 'x', '--pod', 'p', '--', 'true'],
        ['gc'],
      ]) {
        const result = await nslab(args);
        const status = args[0] === 'run' ? 125 : 1;
        t.match(result, { status, stdout: '' }, `${args.join(' ')}: refused`);
        t.match(result.stderr, `net:[${there}]`, `${args.join(' ')}: names the one`);
        t.match(result.stderr, `net:[${here}]`, `${args.join(' ')}: and the other`);
        t.match(result.stderr, /\nhint: .*nsenter --net=\/proc\/\S+ nslab/, `${args.join(' ')}: and the way`);
      }
      t.same(await host.host.snapshot(), before, 'nothing has changed');
      t.equal((await listed(host)).get('p/pause')?.state, 'Running', 'ps');
      t.equal((await listed(host)).get('p/w')?.state, 'Running', 'ps, of the workload');
      t.equal(await must(['logs', 'p/w']), 'hello\n', 'logs');
      const exec = ['exec', 'p', 'stat', '-Lc', '%i', '/proc/self/ns/net'];
      t.equal(
        (await must(exec)).trim(),
        await netnsOf(host, await pidOf(host, 'p/pause')),
        'exec, in the pod',
      );
      t.match(await nslab(['inspect', 'p']), { status: 0 }, 'inspect');
      t.match(await nslab(['network', 'ls', '-q']), { status: 0, stdout: /lab/ }, 'network ls');

      // By the line of the hint.
      const hint = /nsenter (--net=\S+)/.exec((await nslab(['down', 'p'])).stderr)?.[1] ?? '';
      const entered = (...args: string[]) => host.host.run(['nsenter', hint, ...program.argv, ...args]);
      t.match(await entered('down', 'p'), { status: 0, stdout: 'p\n', stderr: '' }, 'by the hint, down');
      t.match(await entered('network', 'rm', 'lab'), { status: 0 }, 'by the hint, network rm');
      t.equal(await sh('ip netns exec n1 nft list ruleset'), '', 'nothing is left inside');
      t.match(
        await nslab(['hold', 'other']),
        { status: 0 },
        'an empty state directory may be used from here (control)',
      );
      await must(['down', 'other']);

      // The namespace goes, and with it all that the pod had in it.
      t.match(await inside('hold', 'p', '-p', '8080:80'), { status: 0 });
      t.match(await nslab(['gc']), { status: 1 }, 'while it is there, gc is refused');
      await sh('ip netns del n1');
      await until(async () => (await nslab(['gc', '--dry-run'])).status === 0);
      const gc = await nslab(['gc']);
      t.match(gc, { status: 0, stdout: /removed pod p: the namespaces that it was made in are gone/ });
      t.match(await nslab(['gc']), { status: 0, stdout: '' }, 'and that is all');
      t.same([...(await listed(host))], [], 'no record is left');
      t.match(await sh('nft list tables'), network.table, 'the table here stays');
      await sh(`nft delete table ip ${network.table}; ip link del ${network.hostInterface}
        umount /run/netns; rmdir /run/netns
        # The marked table counted as another instance's, which still needs it.
        for name in default uplink; do echo 0 > /proc/sys/net/ipv4/conf/$name/forwarding; done`);
    }),
  );

  t.test('a state directory of another pid namespace is only read', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      // Pid 1 of the other namespace only reaps.
      const one = Number(
        await sh(`unshare --pid --fork --mount-proc bash -c 'while :; do sleep 1000; done' <&- >/dev/null 2>&1 & unshare=$!
          until pgrep -P $unshare -x bash; do sleep 0.01; done | tail -n1`),
      );
      const inside = (...args: string[]) =>
        host.host.run(['nsenter', '-t', String(one), '-p', '-m', ...program.argv, ...args]);
      const [here, there] = [
        await inodeOf(host, '/proc/1/ns/pid'),
        await inodeOf(host, `/proc/${one}/ns/pid`),
      ];
      t.not(here, there);
      t.match(await inside('hold', 'p'), { status: 0 });
      const holder = (await sh('pgrep -x pause')).trim();
      t.match(holder, /^\d+$/);
      const before = await host.host.snapshot();
      const refused = async (verbs: readonly string[][], run: (...args: string[]) => Promise<Result>) => {
        for (const args of verbs) {
          const result = await run(...args);
          t.match(result, { status: 1, stdout: '' }, `${args.join(' ')}: refused`);
          t.match(result.stderr, `pid:[${there}]`, `${args.join(' ')}: names the one`);
          t.match(result.stderr, `pid:[${here}]`, `${args.join(' ')}: and the other`);
          t.match(result.stderr, /\nhint: .*nsenter -t PID --pid/, `${args.join(' ')}: and the way`);
        }
      };
      await refused([['down', 'p'], ['hold', 'other'], ['gc']], (...args) => nslab(args));
      t.same(await host.host.snapshot(), before, 'nothing has changed');
      t.match(await nslab(['ps', '-a']), { status: 0 }, 'ps');
      t.match(
        await inside('down', 'p'),
        { status: 0, stdout: 'p\n', stderr: '' },
        'from inside it works (control)',
      );

      await must(['hold', 'p']);
      await refused([['down', 'p'], ['gc']], inside);
      t.equal((await listed(host)).get('p/pause')?.state, 'Running', 'the other way, too');
      await must(['down', 'p']);

      t.match(await inside('hold', 'p'), { status: 0 });
      t.match(await nslab(['gc']), { status: 1 }, 'while it is there, gc is refused');
      await sh(`kill -9 ${one}; while [ -e /proc/${one} ] || pgrep -x pause; do sleep 0.01; done >&2`);
      const gc = await nslab(['gc']);
      t.match(gc, { status: 0, stdout: /removed pod p: the namespaces that it was made in are gone/ });
      t.match(await nslab(['gc']), { status: 0, stdout: '' }, 'and that is all');
    }),
  );

  t.test('a pid namespace that is gone, in another network namespace that is not: only read', (t) =>
    onFreshHost(t, async (host) => {
      const { nslab, sh } = host;
      await sh('ip netns add n1');
      const one = Number(
        await sh(`ip netns exec n1 unshare --pid --fork --mount-proc bash -c 'while :; do sleep 1000; done' <&- >/dev/null 2>&1 & unshare=$!
          until pgrep -P $unshare -x bash; do sleep 0.01; done | tail -n1`),
      );
      const hold = ['hold', 'p', '-p', '8080:80'];
      const inside = ['nsenter', '-t', String(one), '-p', '-m', '-n', ...program.argv, ...hold];
      t.match(await host.host.run(inside), { status: 0 });
      t.match(await nslab(['gc']), { status: 1, stderr: /belongs to the namespace pid:/ }, 'both are alive');
      await sh(`kill -9 ${one}; while [ -e /proc/${one} ] || pgrep -x pause; do sleep 0.01; done >&2`);
      const refused = await nslab(['gc']);
      t.match(refused, { status: 1, stdout: '', stderr: /belongs to the namespace net:/ }, 'one is gone');
      t.match(await sh('ip netns exec n1 nft list tables'), 'nslab_', 'what the pod left is there (control)');
      const hint = /nsenter (--net=\S+)/.exec(refused.stderr)?.[1] ?? '';
      t.match(await host.host.run(['nsenter', hint, ...program.argv, 'gc']), {
        status: 0,
        stdout: /removed pod p: /,
      });
      t.equal(await sh('ip netns exec n1 nft list tables'), '', 'undone');
      t.equal(await sh('ip netns exec n1 ls /sys/class/net | grep -v "^lo$" || true'), '', 'its links, too');
      await sh('ip netns del n1; umount /run/netns; rmdir /run/netns');
    }),
  );

  t.test('another time namespace: what runs is seen to run, and gc leaves it', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const later = (...args: string[]) =>
        host.host.run(['unshare', '--time', '--boottime', '1000000', '--fork', ...program.argv, ...args]);
      await must(['hold', 'p']);
      await sleeper(must, 'w', 'p');
      t.match(await later('hold', 'q'), { status: 0 }, 'hold there');
      for (const [name, pod] of [
        ['w', 'q'],
        ['v', 'p'],
      ] as const)
        t.match(await later('run', '-d', '--name', name, '--pod', pod, '--', 'sleep', '1000'), { status: 0 });
      const ALL = ['p/pause', 'p/v', 'p/w', 'q/pause', 'q/w'];
      const states = (text: string) => {
        const { items } = JSON.parse(text) as { items: { pod: string; name: string; state: string }[] };
        return items.map(({ pod, name, state }) => `${pod}/${name} ${state}`).sort();
      };
      const running = ALL.map((name) => `${name} Running`);
      const ps = ['ps', '-a', '-o', 'json'];
      t.same(states((await later(...ps)).stdout), running, 'ps there');
      t.same(states(await must(ps)), running, 'ps here');
      t.match(await later('gc'), { status: 0, stdout: '', stderr: '' }, 'gc there');
      t.match(await nslab(['gc']), { status: 0, stdout: '', stderr: '' }, 'gc here');
      t.same(states(await must(ps)), running, 'all of them run');
      const uptimes = [
        await sh('cut -d. -f1 /proc/uptime'),
        await sh('unshare --time --boottime 1000000 --fork cut -d. -f1 /proc/uptime'),
      ].map(Number) as [number, number];
      t.ok(uptimes[1] - uptimes[0] > 900_000, 'the clocks differ (control)');

      const holder = await pidOf(host, 'p/pause');
      await sh(`kill -9 ${holder}; while [ -e /proc/${holder} ]; do sleep 0.01; done`);
      t.match((await later(...ps)).stdout, 'Holder dead', 'what is dead is seen to be dead (control)');
      t.match(await later('down', 'p'), { status: 0, stdout: 'p\n', stderr: '' }, 'down there');
      t.match(await nslab(['down', 'q']), { status: 0, stdout: 'q\n', stderr: '' }, 'down here');
      t.equal(await sh('pgrep -x "sleep|pause|shim" -c || true'), '1\n', 'none is left but the uplink’s');
    }),
  );

  t.test('records removed by hand: the next verb and gc find the objects by their marks', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const before = await host.host.snapshot();
      for (const name of ['p', 'q']) await must(['hold', name, '-p', `${name === 'p' ? 8080 : 8081}:80`]);
      await must(['run', '-d', '--pod', 'p', '--name', 'w', '--', 'sleep', '10000']);
      const { network: lost } = await inspected<PodFacts>(host, 'p');
      const { network: kept } = await inspected<PodFacts>(host, 'q');
      t.same(
        JSON.parse(await must(['doctor', '-o', 'json'])).items.filter(isLimited),
        [],
        'doctor (control)',
      );

      await sh('rm -r /run/nslab/pods/p');
      t.match(JSON.parse((await nslab(['doctor', '-o', 'json'])).stdout).items.filter(isLimited), [
        { what: 'records', found: new RegExp(`link ${lost.hostInterface}`) },
      ]);
      t.match(await must(['gc', '--dry-run']), `link ${lost.hostInterface}`);
      // Its name and its port are free for the next one, and that has no process, link or element of the lost one beside it.
      const again = await nslab(['hold', 'p', '-p', '8080:80']);
      t.match(again, { status: 0, stdout: 'p\n', stderr: /process \d+ of pod p: its record was removed/ });
      const map = `nft list map ip ${kept.table} hostports`;
      t.equal(await count(host, map, /. 80[,\s]/), 2, 'an element for each');
      t.equal(await count(host, 'ip -o link show type veth', /nslab:/), 2, 'and a link');
      t.equal(await count(host, 'pgrep -x pause', /\d+/), 2, 'and a holder');
      t.equal(await count(host, "pgrep -f '[s]leep 10000' || true", /\d+/), 0, 'the workload has ended');
      t.match(await must(['ps', '-a']), /q +pause +\d+\/\d+ +Running/, 'the other pod runs on (control)');

      await sh('rm -r /run/nslab');
      t.match(await must(['gc']), /^removed link \S+: its record was removed$/m);
      t.same(await leftBehind(host.host, before), [], 'nothing is left');
    }),
  );

  t.test('a network of which another program has removed the rules and the bridge is made whole', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      const before = await host.host.snapshot();
      await must(['hold', 'p', '-p', '8080:80']);
      const { network } = await inspected<PodFacts>(host, 'p');
      const whole = async () => ({
        element: await count(host, `nft list map ip ${network.table} hostports || true`, / 8080 .*: /),
        port: await count(
          host,
          `ip -o link show master ${network.bridge} || true`,
          new RegExp(network.hostInterface),
        ),
        name: await count(host, 'ip netns list', /^p/m),
      });
      const all = { element: 1, port: 1, name: 1 };
      t.same(await whole(), all, 'as it was (control)');
      t.same((await nslab(['hold', 'unharmed'])).stderr, '', 'nothing to mend (control)');

      await sh('nft flush ruleset');
      t.same(await whole(), { ...all, element: 0 }, 'lost (control)');
      t.match((await nslab(['hold', 'a'])).stderr, `had removed its table ip ${network.table}`);
      t.same(await whole(), all);

      await sh(`ip link del ${network.bridge}`);
      t.same(await whole(), { ...all, port: 0 }, 'lost (control)');
      t.match((await nslab(['hold', 'b'])).stderr, `had removed its bridge ${network.bridge}`);
      t.same(await whole(), all);

      await sh(`ip netns delete p; nft delete table ip ${network.table}; ip link del ${network.bridge}`);
      t.same(await whole(), { element: 0, port: 0, name: 0 }, 'lost (control)');
      const found = JSON.parse((await nslab(['doctor', '-o', 'json'])).stdout).items.filter(isLimited);
      t.match(found, [
        { what: 'networks', found: new RegExp(`bridge ${network.bridge}, table ip ${network.table}`) },
      ]);
      await must(['gc']);
      t.same(await whole(), all, 'by gc');
      await must(['down', '--all']);
      t.same(await leftBehind(host.host, before), [], 'nothing is left');
    }),
  );

  t.test('what has the name of an object of ours and not its mark is left alone', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      // A firewall that drops what it forwards, with a rule of its own.
      await sh(`nft -f - <<'END'
table ip filter {
  chain FORWARD {
    type filter hook forward priority 0; policy drop;
    ip saddr 10.244.0.0/16 accept comment "theirs"
  }
}
END`);
      const before = await host.host.snapshot();
      await must(['hold', 'p', '-p', '8080:80']);
      await must(['hold', 'q']);
      const { network } = await inspected<PodFacts>(host, 'p');
      const alias = (
        JSON.parse(await sh(`ip -j link show dev ${network.hostInterface}`)) as { ifalias: string }[]
      )[0]?.ifalias;
      t.match(alias, /^nslab:[a-z2-7]{8}:[0-9a-f]{12} pod\/p$/);
      // Of another state directory. With our own id it would be an object of ours without a record.
      const another = `${alias}`.replace(/^nslab:[a-z2-7]{8}:/, 'nslab:aaaaaaaa:');
      t.not(another, alias);
      t.equal(
        await count(host, `nft list chain ip filter FORWARD`, /comment "nslab:/),
        2,
        'two rules of ours',
      );

      // Elements and rules beside ours, of a pod of the same name in another state directory, of none, of an older nslab.
      const strangers = [another, 'nslab:pod/p', 'theirs'];
      const rulesOf = strangers.map(
        (comment) => `add rule ip filter FORWARD ip saddr 10.244.0.0/16 accept comment "${comment}"\n`,
      );
      const elements = strangers.map(
        (comment, n) =>
          `add element ip ${network.table} hostports { tcp . ${9000 + n} comment "${comment}" : 10.244.0.9 . 80 }\n`,
      );
      await host.host.run(['nft', '-f', '-'], { input: [...rulesOf, ...elements].join('') });
      const map = `nft list map ip ${network.table} hostports`;
      t.equal(await count(host, map, /: 10\.244\.0\.\d+ \. 80/), 4, 'one element is ours');

      // A link, a name and a table that take the place of ours.
      await sh(`ip link del ${network.hostInterface}
        ip link add ${network.hostInterface} type veth peer name theirs
        ip link set ${network.hostInterface} alias '${another}'
        rm /run/netns/p; ln -s /proc/1/ns/net /run/netns/p`);
      t.match(await nslab(['down', 'p']), { status: 0, stdout: 'p\n', stderr: '' });
      t.match(await nslab(['gc']), { status: 0, stdout: '', stderr: '' });
      t.equal(await count(host, map, /: 10\.244\.0\.9 \. 80/), 3, 'the other elements stay');
      t.equal(await count(host, map, / 8080 /), 0, 'ours is gone (control)');
      t.match(await sh(`ip link show dev ${network.hostInterface}`), another, 'the link stays');
      t.equal(await sh('readlink /run/netns/p'), '/proc/1/ns/net\n', 'the name stays');

      await sh(`nft delete table ip ${network.table}
        nft 'table ip ${network.table} { chain theirs { } }' || nft -f - <<'END'
table ip ${network.table} {
  chain theirs { }
}
END
        ip link del ${network.bridge}; ip link add ${network.bridge} type bridge`);
      t.match(await nslab(['down', 'q']), { status: 0, stdout: 'q\n', stderr: '' });
      t.match(await nslab(['gc']), { status: 0, stdout: '', stderr: '' });
      t.match(await sh(`nft list table ip ${network.table}`), 'chain theirs', 'the table stays');
      t.match(await sh(`ip -d link show dev ${network.bridge}`), 'bridge', 'the bridge stays');
      const chain = await sh('nft list chain ip filter FORWARD');
      t.equal(chain.split('accept comment').length - 1, 4, 'the other rules stay, ours are gone');
      await host.sh(`nft delete table ip ${network.table}; ip link del ${network.bridge}
        ip link del ${network.hostInterface}; rm /run/netns/p
        for handle in $(nft -a list chain ip filter FORWARD | sed -n 's/.*comment "\\(nslab:.*\\|theirs\\)" # handle //p' | tail -n3); do
          nft delete rule ip filter FORWARD handle $handle; done`);
      t.match(
        await nslab(['gc']),
        { status: 0, stdout: '', stderr: '' },
        '/run/netns goes when the last name has gone',
      );
      t.same(await leftBehind(host.host, before), [], 'nothing else was left (control)');
      await sh('nft delete table ip filter');
    }),
  );

  t.test('names that are taken: a pod gets others, which inspect shows', (t) =>
    onFreshHost(t, async (host) => {
      const { must, nslab, sh } = host;
      await must(['hold', 'web', '-p', '8080:80']);
      const own = (await inspected<PodFacts>(host, 'web')).network;
      t.equal(own.netns, '/run/netns/web', 'where it is free, its own (control)');
      await must(['down', 'web']);
      await sh(`
        ip netns add web
        ip link add ${own.hostInterface} type veth peer name theirs
        ip link add ${own.bridge} type bridge
        nft add table ip ${own.table}`);
      const before = await host.host.snapshot();
      await must(['hold', 'web', '-p', '8080:80']);
      const other = (await inspected<PodFacts>(host, 'web')).network;
      for (const what of ['netns', 'hostInterface', 'bridge', 'table'] as const)
        t.not(other[what], own[what], `another ${what}: ${other[what]}`);
      t.match(other.netns, /^\/run\/netns\/web-[a-z2-7]{8}$/);
      const name = other.netns.split('/').at(-1) ?? '';
      t.ok(words(await sh('ip netns list')).includes(name), 'ip netns lists it');
      t.match(
        await sh(`ip -n ${name} -o -4 addr show eth0`),
        /10\.\d+\.0\.2/,
        'ip netns knows it by that name',
      );
      t.equal(
        (await sh(`ip netns exec ${name} stat -Lc %i /proc/self/ns/net`)).trim(),
        await netnsOf(host, await pidOf(host, 'web/pause')),
      );
      t.match(await nslab(['gc']), { status: 0, stdout: '' });
      await must(['down', 'web']);
      t.match(await nslab(['gc']), { status: 0, stdout: '' });
      t.same(await leftBehind(host.host, before), [], 'what had the names has them');

      const [, instance] = name.split('-');
      await sh(`ip netns add web-${instance}`);
      t.match(await nslab(['hold', 'web']), {
        status: 1,
        stderr: /another program has a network namespace of this name.*\nhint: choose another name/,
      });
      await sh(`ip netns del web-${instance}`);
      t.same(await host.host.snapshot(), before, 'refused, and nothing changed');
      await sh(`ip netns del web; umount /run/netns; rmdir /run/netns; ip link del ${own.hostInterface}
        ip link del ${own.bridge}; nft delete table ip ${own.table}`);
    }),
  );

  t.test('the longest names: every mark fits', (t) =>
    onFreshHost(t, async (host) => {
      const { must, sh } = host;
      const [pod, network] = ['p'.repeat(63), 'n'.repeat(63)];
      for (const driver of ['netlink', 'ip']) {
        await must(['network', 'create', network, '--driver', driver]);
        await must(['hold', pod, '--network', network, '-p', '8080:80', '--driver', driver]);
        const { bridge, hostInterface, table } = (await inspected<PodFacts>(host, pod)).network;
        t.match(await sh(`ip link show dev ${hostInterface}`), ` pod/${pod}`, `${driver}: alias of the veth`);
        t.match(await sh(`ip link show dev ${bridge}`), ` network/${network}`, `${driver}: of the bridge`);
        const rules = await sh(`nft list table ip ${table}`);
        t.match(rules, `network/${network}"`, `${driver}: comment of the table`);
        t.match(rules, `pod/${pod}"`, `${driver}: of the element`);
        await must(['down', pod]);
        await must(['network', 'rm', network]);
      }
    }),
  );
}

const SERVER = "require('net').createServer((c) => c.end('answer\\n')).listen(80, '0.0.0.0')";

/** The answer from a port of the host, asked from outside; empty where none comes. */
async function request({ host }: KernelHost, port: number): Promise<string> {
  const script = `exec 3<>/dev/tcp/203.0.113.2/${port} && timeout 60 cat <&3`;
  return (await host.runOutside(['bash', '-c', script])).stdout;
}

/** The kernel objects of a pod and of its network, with what would change if one were made again. */
async function objects({ must, sh }: KernelHost, pod: string, flags: readonly string[] = []) {
  const { items } = JSON.parse(await must([...flags, 'inspect', pod])) as { items: [PodFacts] };
  const [{ network }] = items;
  const link = async (name: string) => {
    const [facts] = JSON.parse(await sh(`ip -j link show dev ${name}`)) as [Record<string, unknown>];
    return ['ifindex', 'ifname', 'ifalias', 'group', 'master', 'address'].map((key) => facts[key]).join(' ');
  };
  const [{ ifalias: alias }] = JSON.parse(await sh(`ip -j link show dev ${network.hostInterface}`)) as [
    { ifalias: string },
  ];
  return {
    alias,
    hostInterface: await link(network.hostInterface),
    bridge: await link(network.bridge),
    table: await sh(`nft -a list table ip ${network.table}`),
    netns: `${network.netns} -> ${(await sh(`readlink ${network.netns}`)).trim()}`,
  };
}

/** The inode to which a path leads; of `A -> B` that of A. */
async function inodeOf({ sh }: KernelHost, path: string): Promise<string> {
  return (await sh(`stat -Lc %i ${path.split(' ')[0]}`)).trim();
}

function netnsOf(host: KernelHost, pid: number | string = 1): Promise<string> {
  return inodeOf(host, `/proc/${pid}/ns/net`);
}

async function forwarding({ sh }: KernelHost): Promise<string> {
  return (await sh('cat /proc/sys/net/ipv4/conf/uplink/forwarding')).trim();
}

async function count({ sh }: KernelHost, command: string, what: RegExp): Promise<number> {
  return (await sh(command)).match(new RegExp(what, `${what.flags}g`))?.length ?? 0;
}

async function sleeper(must: KernelHost['must'], name: string, pod: string): Promise<void> {
  await must(['run', '-d', '--name', name, '--pod', pod, '--', 'sleep', '1000']);
}

/** What the machine itself lacks is not the matter here. */
function isLimited({ what, state }: { readonly what: string; readonly state: string }): boolean {
  return state === 'limited' && ['networks', 'records'].includes(what);
}
