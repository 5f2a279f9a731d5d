import fc from 'fast-check';
import { Address4 } from 'ip-address';
import t from 'tap';
import {
  addressAt,
  capacity,
  isPodAddress,
  macOf,
  overlaps,
  parseAddress,
  parseSubnet,
  routeRange,
} from '../../src/net/address.ts';
import { kernelName } from '../../src/net/names.ts';
import { portLease } from '../../src/net/port.ts';
import { parsePorts } from '../../src/spec/port.ts';

const octet = fc.integer({ min: 0, max: 255 });
const quad = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const prefixLength = fc.integer({ min: 0, max: 32 });
/** A subnet without host bits. */
const subnet = fc
  .tuple(quad, fc.integer({ min: 8, max: 30 }))
  .map(([address, prefix]) => `${network(address, prefix)}/${prefix}`)
  .filter((cidr) => !unusable(cidr));

t.test('an address is four decimal numbers, and nothing that inet_aton(3) makes one of', async (t) => {
  for (const good of ['0.0.0.0', '10.244.0.7', '255.255.255.255', '1.2.3.4'])
    t.equal(parseAddress(good).correctForm(), good);
  const bad = [
    ...['', ' ', '10', '10.1', '10.1.2', '10.0.0', '1.2.3.4.5', '1.2.3.', '.1.2.3', '1..2.3', '1.2.3.4.'],
    ...['010.0.0.1', '10.00.0.1', '10.0.0.01', '0x0a.0.0.1', '10.0.0.0x1', '167772161', '0xa000001'],
    ...['256.0.0.1', '10.0.0.256', '10.0.0.999', '10.0.0.-1', '-1.0.0.1', '10.0.0.1e0', '+1.2.3.4'],
    ...['10.0.0.1/16', '10.0.0.1%eth0', '10.0.0.1 ', ' 10.0.0.1', '10.0.0.1\n', '10.0.0.1\0', '1.2.3.4:80'],
    ...[
      '::1',
      'fd00::1',
      '::ffff:10.0.0.1',
      'fe80::1%lo',
      'localhost',
      'a.b.c.d',
      '１０.0.0.1',
      '10。0。0。1',
    ],
    ...['__proto__', 'NaN', 'undefined'],
  ];
  for (const text of bad)
    t.throws(
      () => parseAddress(text),
      { name: 'InputError', message: /is not an IPv4 address$/, hint: /four decimal/ },
      JSON.stringify(text),
    );
});

t.test('a subnet is canonical, between /8 and /30, and of a range that pods can have', async (t) => {
  for (const good of ['10.0.0.0/8', '10.250.0.0/16', '192.168.1.0/24', '172.16.0.4/30', '203.0.113.0/24'])
    t.equal(parseSubnet(good).cidr, good);
  const bad: [string, RegExp][] = [
    ...[
      '',
      '/',
      '10.0.0.0',
      '10.0.0.0/',
      '10.0.0.0/016',
      '10.0.0.0/16/8',
      '10.0.0.0/0x10',
      '10.0.0.0/-8',
    ].map((text): [string, RegExp] => [text, /is not a subnet/]),
    ...[
      '10.0.0.0/ 16',
      '10.0.0.0/16 ',
      '10.0.0.0/16\n',
      '10.0.0.0/1e1',
      '10.0.0.0/255.0.0.0',
      '10.0.0.0/0',
    ].map((text): [string, RegExp] => [text, /is not a subnet/]),
    ...['10.0.0.0/7', '10.0.0.0/1', '10.0.0.0/31', '10.0.0.1/32', '10.0.0.0/33', '10.0.0.0/99'].map(
      (text): [string, RegExp] => [text, /between \/8 and \/30/],
    ),
    ...[
      '10.0/16',
      '010.0.0.0/8',
      '10.0.0/24',
      'fd00::/16',
      '/16',
      '256.0.0.0/8',
      'x/16',
      '10.0.0.0%eth0/16',
      ' 10.0.0.0/8',
    ].map((text): [string, RegExp] => [text, /is not an IPv4 address/]),
    ['10.244.0.1/16', /has bits set after its prefix/],
    ['10.244.0.0/8', /has bits set after its prefix/],
    ['0.0.0.0/8', /"this network" range/],
    ['127.0.0.0/8', /loopback range 127\.0\.0\.0\/8/],
    ['127.4.0.0/16', /loopback/],
    ['169.254.0.0/16', /link-local/],
    ['169.254.8.0/24', /link-local/],
    ['224.0.0.0/8', /multicast/],
    ['239.1.0.0/16', /multicast/],
    ['240.0.0.0/8', /reserved/],
    ['255.255.255.0/24', /reserved/],
  ];
  for (const [text, message] of bad)
    t.throws(() => parseSubnet(text), { name: 'InputError', message }, JSON.stringify(text));
  t.throws(() => parseSubnet('10.244.7.9/16'), { name: 'InputError', hint: 'did you mean 10.244.0.0/16?' });
});

t.test('against ip-address, for any address and prefix', async (t) => {
  fc.assert(
    fc.property(
      quad,
      (address) => parseAddress(address).correctForm() === new Address4(address).correctForm(),
    ),
  );
  fc.assert(
    fc.property(quad, prefixLength, (address, prefix) => {
      const text = `${address}/${prefix}`;
      const canonical = network(address, prefix) === address;
      const valid = prefix >= 8 && prefix <= 30 && canonical && !unusable(text);
      return valid === succeeds(() => parseSubnet(text));
    }),
    { numRuns: 1500 },
  );
  fc.assert(
    fc.property(subnet, (cidr) => {
      const { first, last, prefix } = parseSubnet(cidr);
      const oracle = new Address4(cidr);
      return (
        prefix === oracle.subnetMask &&
        first === oracle.startAddress().bigInt() &&
        last === oracle.endAddress().bigInt() &&
        last - first + 1n === 2n ** BigInt(32 - prefix)
      );
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 20, unit: 'binary' }), (text) => {
      for (const parse of [parseAddress, parseSubnet, parsePorts, routeRange]) {
        try {
          parse(text);
        } catch (error) {
          if ((error as Error).name !== 'InputError') throw error;
        }
      }
    }),
    { numRuns: 1000 },
  );
  t.pass('properties hold');
});

t.test('which addresses of a subnet a pod can have', async (t) => {
  fc.assert(
    fc.property(subnet, fc.nat(), (cidr, seed) => {
      const net = parseSubnet(cidr);
      const n = seed % Number(net.last - net.first + 1n);
      const address = addressAt(net, n);
      const inside = new Address4(address).isInSubnet(new Address4(cidr));
      const pods = n >= 2 && n < Number(net.last - net.first);
      return inside && isPodAddress(net, address) === pods;
    }),
  );
  fc.assert(
    fc.property(subnet, quad, (cidr, address) => {
      const inside = new Address4(address).isInSubnet(new Address4(cidr));
      return inside || !isPodAddress(parseSubnet(cidr), address);
    }),
  );
  const small = parseSubnet('10.1.2.4/30');
  t.equal(capacity(small), 1);
  t.same(
    [0, 1, 2, 3].map((n) => isPodAddress(small, addressAt(small, n))),
    [false, false, true, false],
  );
  t.equal(capacity(parseSubnet('10.244.0.0/16')), 65533);
  t.equal(addressAt(parseSubnet('10.244.0.0/16'), 256), '10.244.1.0');
});

t.test('overlap, and the ranges of `ip -json route`', async (t) => {
  fc.assert(
    fc.property(subnet, subnet, (a, b) => {
      const [x, y] = [new Address4(a), new Address4(b)];
      const oracle = x.isInSubnet(y) || y.isInSubnet(x);
      const [p, q] = [parseSubnet(a), parseSubnet(b)];
      return overlaps(p, q) === oracle && overlaps(q, p) === oracle && overlaps(p, p);
    }),
    { numRuns: 1000 },
  );
  t.match(routeRange('10.0.0.0/8'), { cidr: '10.0.0.0/8', prefix: 8 });
  t.match(routeRange('10.1.2.3'), { cidr: '10.1.2.3/32', prefix: 32 });
  t.match(routeRange('0.0.0.0/2'), { prefix: 2 });
  for (const other of [
    'default',
    '0.0.0.0/0',
    '0.0.0.0/1',
    '128.0.0.0/1',
    'fe80::/64',
    'unreachable',
    'anycast',
  ])
    t.equal(routeRange(other), undefined, other);
});

t.test('the MAC follows from the address: one each, local, unicast', async (t) => {
  t.equal(macOf('10.244.0.7'), '0a:58:0a:f4:00:07');
  fc.assert(
    fc.property(quad, quad, (a, b) => {
      const first = Number.parseInt(macOf(a).slice(0, 2), 16);
      return (
        /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(macOf(a)) &&
        (first & 3) === 2 &&
        (macOf(a) === macOf(b)) === (a === b)
      );
    }),
  );
});

t.test('published ports', async (t) => {
  const good: [string, [number, number, string]][] = [
    ['8080:80', [8080, 80, 'tcp']],
    ['8080:80/tcp', [8080, 80, 'tcp']],
    ['53:53/udp', [53, 53, 'udp']],
    ['1:65535', [1, 65535, 'tcp']],
    ['65535:1', [65535, 1, 'tcp']],
  ];
  for (const [text, [hostPort, podPort, protocol]] of good)
    t.same(parsePorts(text), [{ hostPort, podPort, protocol }], text);
  const tcp = (hostPort: number, podPort: number) => ({ hostPort, podPort, protocol: 'tcp' });
  t.same(parsePorts('127.0.0.1:8080:80'), [{ hostIP: '127.0.0.1', ...tcp(8080, 80) }], 'on one address');
  t.same(parsePorts('8000-8002:9000-9002'), [tcp(8000, 9000), tcp(8001, 9001), tcp(8002, 9002)], 'a range');
  t.same(parsePorts('80-80:81-81'), [tcp(80, 81)], 'a range of one');
  t.same(parsePorts('10.0.0.1:8000-8001:90-91/UDP'), [
    { hostIP: '10.0.0.1', hostPort: 8000, podPort: 90, protocol: 'udp' },
    { hostIP: '10.0.0.1', hostPort: 8001, podPort: 91, protocol: 'udp' },
  ]);
  const bad = [
    ...[
      '',
      ':',
      '80',
      '80:',
      ':80',
      '0:80',
      '80:0',
      '65536:80',
      '80:65536',
      '99999:1',
      '100000:1',
      '-1:80',
      '80:-1',
    ],
    ...[
      '80:80/',
      '80:80/sctp',
      '80:80/tcp/udp',
      '80:80:80',
      '[::1]:80:80',
      '127.0.0.1::80',
      '127.1:80:80',
      'localhost:80:80',
      'http:80',
      '0x50:80',
    ],
    ...[
      '8e1:80',
      '80 :80',
      ' 80:80',
      '80:80 ',
      '80:80\n',
      '80:80\0',
      '٨٠:80',
      '1.5:80',
      'NaN:NaN',
      '8080-8090:80',
      '8080:80-90',
      '8000-8010:9000-9011',
      '8010-8000:9010-9000',
      '65535-65536:1-2',
      '0-1:1-2',
      '1-:1-2',
    ],
  ];
  for (const text of bad)
    t.throws(
      () => parsePorts(text),
      { name: 'InputError', message: /is not a published port$/, hint: /8080:80/ },
      JSON.stringify(text),
    );
  const lease = (text: string) => parsePorts(text).map(portLease).join();
  t.equal(lease('53:80/udp'), 'udp-53');
  t.not(lease('53:80/udp'), lease('53:80'));
  t.equal(lease('127.0.0.1:53:80'), 'tcp-53-127.0.0.1');
});

t.test('names of kernel objects fit, and a hundred thousand of them are distinct', async (t) => {
  const names = new Set<string>();
  for (let n = 0; n < 100_000; n++) names.add(kernelName('nsv', `pod-${n}`, 0));
  t.equal(names.size, 100_000);
  const devices = [...names].filter((name) => !/^nsv[a-z2-7]{8}$/.test(name));
  t.same(devices, [], 'all are words of `ip` and file names');
  const salted = new Set(Array.from({ length: 1000 }, (_, salt) => kernelName('nsv', 'web', salt)));
  t.equal(salted.size, 1000, 'a salt gives another one');
  for (const prefix of ['nsv', 'nsbr', 'nslab_'])
    for (const owner of ['a', 'x'.repeat(63), 'a0', 'b0'])
      t.ok(kernelName(prefix, owner, 12345).length <= 15, 'IFNAMSIZ is 15 and a NUL');
  t.equal(kernelName('nsv', 'web', 0), kernelName('nsv', 'web', 0));
  t.not(kernelName('nsv', 'web1', 0), kernelName('nsv', 'web', 10), 'owner and salt do not run together');
  const long = 'x'.repeat(62);
  t.not(kernelName('nsv', `${long}a`, 0), kernelName('nsv', `${long}b`, 0), 'never truncated');
});

/** By plain arithmetic: the oracle must not be the same code. */
function network(address: string, prefix: number): string {
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(value / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
}

function unusable(cidr: string): boolean {
  const [a = 0, b = 0] = cidr.split('.').map(Number);
  const prefix = Number(cidr.split('/')[1]);
  const linkLocal =
    network(`${a}.${b}.0.0`, Math.min(prefix, 16)) === network('169.254.0.0', Math.min(prefix, 16));
  return a === 0 || a === 127 || a >= 224 || linkLocal;
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
