import t from 'tap';
import { parseResolvConf, resolvConf } from '../../src/pod/resolv-conf.ts';
import type { Resolver } from '../../src/spec/pod-spec.ts';

const RESOLVED = '/run/systemd/resolve/resolv.conf';
const NETWORK_MANAGER = '/run/NetworkManager/no-stub-resolv.conf';
const DNSMASQ = '/run/dnsmasq/resolv.conf';

t.test('resolv.conf(5): what a line means', async (t) => {
  const plain = parseResolvConf('nameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2 edns0\n');
  t.same(plain, {
    nameservers: ['192.0.2.1'],
    searches: ['a.example', 'b.example'],
    options: ['ndots:2', 'edns0'],
    other: [],
  });
  for (const [what, text] of [
    ['tabs', 'nameserver\t192.0.2.1\nsearch\ta.example\tb.example\noptions\tndots:2\tedns0\n'],
    ['several blanks', 'nameserver   192.0.2.1  \nsearch  a.example   b.example \noptions  ndots:2  edns0\n'],
    ['CRLF', 'nameserver 192.0.2.1\r\nsearch a.example b.example\r\noptions ndots:2 edns0\r\n'],
    ['no newline at the end', 'nameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2 edns0'],
    [
      'comments behind',
      'nameserver 192.0.2.1 # x\nsearch a.example b.example ; y\noptions ndots:2 edns0 # z\n',
    ],
    [
      'a comment without a blank',
      'nameserver 192.0.2.1#x\nsearch a.example b.example\noptions ndots:2 edns0\n',
    ],
    [
      'comment lines',
      '# nameserver 9.9.9.9\n; search x\nnameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2 edns0\n',
    ],
    [
      'an indented keyword is none',
      ' nameserver 9.9.9.9\nnameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2 edns0\n',
    ],
    [
      'the last search counts',
      'search old.example\nnameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2 edns0\n',
    ],
    [
      'of domain and search the last',
      'domain old.example\nnameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2 edns0\n',
    ],
    ['options add up', 'nameserver 192.0.2.1\nsearch a.example b.example\noptions ndots:2\noptions edns0\n'],
  ] as const)
    t.same(parseResolvConf(text), plain, what);
  t.same(parseResolvConf('search a b\ndomain c\n').searches, ['c'], 'domain after search');
  t.same(
    parseResolvConf('nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n')
      .nameservers,
    ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
    'three servers',
  );
  t.same(parseResolvConf('sortlist 10.0.0.0\n').other, ['sortlist 10.0.0.0']);
  t.same(parseResolvConf('nameserver\nsearch\n'), { nameservers: [], searches: [], options: [], other: [] });
});

t.test('a server on a loopback address is replaced by what it asks', async (t) => {
  for (const stub of [
    '127.0.0.53',
    '127.0.0.54',
    '127.0.1.1',
    '127.0.0.1',
    '127.255.0.9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
  ]) {
    for (const path of [RESOLVED, NETWORK_MANAGER, `/var${NETWORK_MANAGER}`, DNSMASQ]) {
      const { text, warned } = made(`nameserver ${stub}\nsearch host.example\noptions edns0 trust-ad\n`, {
        [path]: 'nameserver 192.0.2.53\nnameserver 127.0.0.1\n',
      });
      t.equal(text, 'nameserver 192.0.2.53\nsearch host.example\noptions edns0\n', `${stub} by ${path}`);
      t.same(warned, []);
    }
    const { text, warned } = made(`nameserver ${stub}\nsearch host.example\n`);
    t.equal(text, 'search host.example\n', `${stub}, nobody has a list`);
    t.equal(warned.length, 1);
    t.match(String(warned[0]), `(${stub}) do not answer in a pod`);
    const own = made(`nameserver ${stub}\n`, {}, undefined, false);
    t.equal(own.text, `nameserver ${stub}\n`, 'in the host’s own network it answers');
    t.same(own.warned, []);
  }
  for (const server of ['192.0.2.1', '12.7.0.1', '::11', '2001:db8::1', 'fe80::1%eth0', '1::1']) {
    const text = `# as it is\nnameserver ${server}\n`;
    t.same(
      made(text, { [RESOLVED]: 'nameserver 192.0.2.53\n' }),
      { text, warned: [] },
      `${server} (control)`,
    );
  }
  const mixed = made('nameserver 127.0.0.1\nnameserver 192.0.2.1\n');
  t.equal(mixed.text, 'nameserver 192.0.2.1\n', 'the other one is left');
  t.match(String(mixed.warned[0]), /and are left out/);
  t.equal(
    made('nameserver 127.0.0.53\nsearch a\n', { [RESOLVED]: 'nameserver 192.0.2.53\nsearch b\n' }).text,
    'nameserver 192.0.2.53\nsearch b\n',
    'its own search list, where it has one',
  );
  t.equal(
    made('nameserver 127.0.0.1\n', {
      [RESOLVED]: 'nameserver 127.0.0.1\n',
      [DNSMASQ]: 'nameserver 192.0.2.9\n',
    }).text,
    'nameserver 192.0.2.9\n',
    'a list of loopback addresses is none',
  );
});

t.test('dnsConfig: nothing of the host’s is lost, and the pod’s own counts', async (t) => {
  const wanted: Resolver = {
    base: 'host',
    nameservers: ['198.51.100.1', '192.0.2.1'],
    searches: ['pod.example'],
    options: ['ndots:2'],
  };
  t.equal(
    made(
      'nameserver\t192.0.2.1 # one\nnameserver 192.0.2.2\nnameserver 192.0.2.3\ndomain host.example\noptions ndots:5 edns0\nsortlist 10.0.0.0\n',
      {},
      wanted,
    ).text,
    'nameserver 198.51.100.1\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch pod.example host.example\noptions ndots:2 edns0\nsortlist 10.0.0.0\n',
  );
  t.equal(
    made('nameserver 127.0.0.53\n', { [RESOLVED]: 'nameserver 192.0.2.53\n' }, { ...wanted, nameservers: [] })
      .text,
    'nameserver 192.0.2.53\nsearch pod.example\noptions ndots:2\n',
  );
  const none = made('nameserver 127.0.0.53\nsearch a\n', {}, { ...wanted, base: 'none' });
  t.equal(none.text, 'nameserver 198.51.100.1\nnameserver 192.0.2.1\nsearch pod.example\noptions ndots:2\n');
  t.same(none.warned, [], 'base none: the host’s are not asked for (control)');
});

function made(
  text: string,
  upstream: Readonly<Record<string, string>> = {},
  wanted?: Resolver,
  ownLoopback = true,
): { text: string; warned: string[] } {
  const warned: string[] = [];
  const files: Readonly<Record<string, string>> = { '/etc/resolv.conf': text, ...upstream };
  const made = resolvConf({
    wanted,
    ownLoopback,
    read: (path) => files[path] ?? '',
    warn: (line) => warned.push(line),
  });
  return { text: made, warned };
}
