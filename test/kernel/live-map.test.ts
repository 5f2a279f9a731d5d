import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { eventually, until } from '../eventually.ts';
import { requires } from '../requires.ts';
import { type KernelHost, onFreshHost } from './host.ts';

if (requires(t, 'root', 'ip', 'nft'))
  t.test('the map again after each change, in a browser and on standard output', (t) =>
    onFreshHost(t, async (on) => {
      const { host, must, sh } = on;
      const served = output(on, [...on.argv, 'map', '--watch', '--serve', '127.0.0.1:0']);
      const text = output(on, [...on.argv, 'map', '-w']);
      const json = output(on, [...on.argv, 'map', '-w', '-o', 'json']);
      await until(() => /\/\?token=.*\n/.test(served.text()));
      const { port, search } = new URL(served.text().trim());
      const browser = output(on, ['bash', '-c', GET, 'get', port, `/events${search}`]);
      const pictures = () => browser.text().split('event: picture\n').slice(1);
      const comes = async (what: string, words: RegExp) =>
        t.ok(await eventually(() => words.test(pictures().at(-1) ?? '')), what);
      await comes('what there is', />this host</);
      t.match(
        await must(['map', '-o', 'svg']),
        pictures()[0]
          ?.replaceAll(/^data: /gm, '')
          .trim(),
      );
      const texts = () =>
        text
          .text()
          .split(/^--- .*Z$/m)
          .slice(1);
      const documents = () =>
        json
          .text()
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as { places: { label: string }[] });
      await until(() => texts().length === 1 && documents().length === 1);
      await sleep(3000);
      t.same([pictures().length, texts().length, documents().length], [1, 1, 1], 'nothing changes (control)');

      await must(['hold', 'web']);
      await comes('a pod', />pod web</);
      await must(['run', '-d', '--name', 'worker', '--pod', 'web', '--', 'sleep', '1000']);
      await comes('a workload', />worker</);
      await sh('ip link add one type veth peer name two');
      await comes('a link', />two</);
      await sh('ip addr add 10.77.0.1/24 dev one');
      await comes('an address', />10\.77\.0\.1\/24</);
      await sh(
        'nft "table ip mine { chain c { type nat hook prerouting priority -100; tcp dport 7777 dnat to 10.77.0.2; }; }"',
      );
      await comes('a rule', /tcp port 7777/);
      await sh('nft delete table ip mine; ip link del one');
      await must(['down', 'web']);
      t.ok(await eventually(() => !/pod web|>one<|7777/.test(pictures().at(-1) ?? '')), 'their end');
      t.ok(pictures().length >= 7, `${pictures().length} pictures`);
      t.ok(
        await eventually(
          () => /^pod web {2}net/m.test(texts().join('')) && !/pod web/.test(texts().at(-1) ?? ''),
        ),
      );
      const labels = () => documents().map(({ places }) => places.map(({ label }) => label).join());
      t.ok(await eventually(() => /pod web/.test(labels().join()) && !/pod web/.test(labels().at(-1) ?? '')));

      const refused = await host.run(['bash', '-c', GET, 'get', port, '/events?token=x']);
      t.match(refused.stdout, /^HTTP\/1\.1 403 /);
      for (const each of [served, text]) each.signal('SIGINT');
      json.signal('SIGTERM');
      t.match(await served.result, { status: 0, stdout: /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}\n$/ });
      for (const each of [text, json]) t.match(await each.result, { status: 0, stderr: '' });
      t.match(await browser.result, { status: 0 }, 'the connection is closed');
      t.equal((await host.run(['pgrep', '-x', 'relay'])).stdout, '', 'nothing is left');

      const reads = 'head -1; exec </dev/null; ip link add one type veth peer name two';
      const unread = await host.run(['bash', '-c', `${on.argv.join(' ')} map -w | { ${reads}; }`]);
      t.match(
        unread,
        { status: 0, stdout: /^--- .*\n$/, stderr: '' },
        'it ends at the first change after its reader has',
      );
      await sh('ip link del one');
    }),
  );

/** A request of port $1 for $2, by bash alone. */
const GET =
  'exec 3<>/dev/tcp/127.0.0.1/$1; printf "GET %s HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n" "$2" >&3; exec cat <&3';

function output({ host }: KernelHost, argv: readonly string[]) {
  const running = host.spawn(argv);
  let text = '';
  running.child.stdout?.on('data', (piece) => {
    text += piece;
  });
  return { ...running, signal: running.signal.bind(running), text: () => text };
}
