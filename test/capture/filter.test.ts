import fc from 'fast-check';
import t from 'tap';
import { compile } from '../../src/capture/compile.ts';
import { addressBytes, type Filter, parseFilter, UnknownFilter } from '../../src/capture/filter.ts';
import { encode } from '../../src/sys/bpf.ts';
import { InputError } from '../../src/sys/errors.ts';
import { isWanted, type SeenPacket } from './machine.ts';

const PODS: Readonly<Record<string, readonly string[]>> = {
  web: ['10.244.0.2'],
  two: ['10.244.0.3', '10.9.0.3'],
};
const parse = (text: string) => parseFilter(text, (name) => PODS[name] ?? []);

const v4 = (from: string, to: string, protocol: number, ports?: readonly [number, number], fragment = 0) => {
  const bytes = Buffer.alloc(24 + 8);
  // Six words of header: where the ports are must be read.
  bytes[0] = 0x46;
  bytes.writeUInt16BE(fragment, 6);
  bytes[9] = protocol;
  addressBytes(from)?.copy(bytes, 12);
  addressBytes(to)?.copy(bytes, 16);
  bytes.writeUInt16BE(ports?.[0] ?? 0, 24);
  bytes.writeUInt16BE(ports?.[1] ?? 0, 26);
  return { protocol: 0x0800, bytes };
};
const v6 = (from: string, to: string, next: number, ports?: readonly [number, number]) => {
  const bytes = Buffer.alloc(48);
  bytes[0] = 0x60;
  bytes[6] = next;
  addressBytes(from)?.copy(bytes, 8);
  addressBytes(to)?.copy(bytes, 24);
  bytes.writeUInt16BE(ports?.[0] ?? 0, 40);
  bytes.writeUInt16BE(ports?.[1] ?? 0, 42);
  return { protocol: 0x86dd, bytes };
};
const arp = (from: string, to: string) => {
  const bytes = Buffer.alloc(28);
  addressBytes(from)?.copy(bytes, 14);
  addressBytes(to)?.copy(bytes, 24);
  return { protocol: 0x0806, bytes };
};

const PACKETS: Readonly<Record<string, SeenPacket>> = {
  tcp: v4('10.244.0.2', '10.244.0.3', 6, [41000, 80]),
  back: v4('10.244.0.3', '10.244.0.2', 6, [80, 41000]),
  udp: v4('10.244.0.2', '192.168.1.9', 17, [53, 5353]),
  icmp: v4('10.9.0.3', '10.244.0.2', 1),
  fragment: v4('10.244.0.2', '10.244.0.3', 6, [41000, 80], 0x2001),
  arp: arp('10.244.0.2', '10.244.0.3'),
  tcp6: v6('fd00::1', 'fd00:0:0:1::2', 6, [41000, 80]),
  icmp6: v6('fe80::1', 'ff02::1', 58),
  other: { protocol: 0x88cc, bytes: Buffer.alloc(40) },
  short: { protocol: 0x0800, bytes: Buffer.alloc(4) },
};

/** Which packets each wants. */
const WANTED: Readonly<Record<string, string>> = {
  tcp: 'tcp back fragment tcp6',
  udp: 'udp',
  icmp: 'icmp',
  icmp6: 'icmp6',
  arp: 'arp',
  ip: 'tcp back udp icmp fragment short',
  ip6: 'tcp6 icmp6',
  'port 80': 'tcp back tcp6',
  'src port 80': 'back',
  'dst port 80': 'tcp tcp6',
  'udp port 53': 'udp',
  'tcp port 53': '',
  'ip6 port 80': 'tcp6',
  'port 53 or 80': 'tcp back udp tcp6',
  'host web': 'tcp back udp icmp fragment arp',
  'src host web': 'tcp udp fragment arp',
  'src web and not arp': 'tcp udp fragment',
  'dst two': 'tcp fragment arp',
  'host two': 'tcp back icmp fragment arp',
  'arp host web': 'arp',
  'host 10.244.0.3 or 10.9.0.3': 'tcp back icmp fragment arp',
  'net 10.244.0.0/16': 'tcp back udp icmp fragment arp',
  'dst net 192.168.0.0/16': 'udp',
  'net 0.0.0.0/0': 'tcp back udp icmp fragment arp short',
  'host fd00::1': 'tcp6',
  'net fd00::/48': 'tcp6',
  'net fd00:0:0:1::/64': 'tcp6',
  'src net fd00:0:0:1::/64': '',
  'not ip and not ip6': 'arp other',
  '!(ip or ip6 || arp)': 'other',
  'tcp or udp and port 80': 'tcp back tcp6',
  'tcp or (udp and port 80)': 'tcp back fragment tcp6',
  'not tcp and not udp': 'icmp arp icmp6 other short',
};

t.test('what each filter wants', async (t) => {
  for (const [text, wanted] of Object.entries(WANTED)) {
    const program = compile(parse(text));
    const found = Object.entries(PACKETS).flatMap(([name, packet]) =>
      isWanted(program, packet) ? name : [],
    );
    // A packet that is too short for a question is not wanted, whatever was asked.
    t.same(
      found.filter((name) => name !== 'short'),
      wanted.split(' ').filter((name) => !['', 'short'].includes(name)),
      text,
    );
  }
  const everything = compile(undefined);
  for (const [name, packet] of Object.entries(PACKETS))
    t.ok(isWanted(everything, packet), `${name}: without a filter`);
});

t.test('the loopback shows each packet once', async (t) => {
  const program = compile(parse('tcp'));
  const packet = PACKETS.tcp as SeenPacket;
  t.notOk(isWanted(program, { ...packet, hardware: 772, type: 4 }), 'not as it leaves');
  t.ok(isWanted(program, { ...packet, hardware: 772, type: 0 }), 'but as it arrives');
  t.ok(isWanted(program, { ...packet, hardware: 1, type: 4 }), 'on another link also as it leaves');
});

t.test('any filter is compiled as it reads', async (t) => {
  const leaf = fc.oneof(
    fc.constantFrom<Filter>(
      ...(['tcp', 'udp', 'arp', 'ip', 'ip6', 'icmp'] as const).map(
        (protocol) => ({ is: 'protocol', protocol }) as const,
      ),
    ),
    fc.record({
      is: fc.constant('port' as const),
      side: fc.constantFrom('src' as const, 'dst' as const, 'either' as const),
      port: fc.constantFrom(53, 80, 41000),
    }),
  );
  const filters = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 7, depthSize: 'large' },
      leaf,
      fc.record({
        is: fc.constantFrom('and' as const, 'or' as const),
        left: tie('filter'),
        right: tie('filter'),
      }),
      fc.record({ is: fc.constant('not' as const), of: tie('filter') }),
    ),
  })).filter;
  let longest = 0;
  fc.assert(
    fc.property(filters, (filter) => {
      const program = compile(filter);
      longest = Math.max(longest, program.length);
      for (const packet of Object.values(PACKETS).slice(0, -1))
        if (isWanted(program, packet) !== evaluate(filter, packet)) return false;
      return program.every(({ jt, jf }) => jt <= 255 && jf <= 255);
    }),
    { numRuns: 2000 },
  );
  t.ok(longest > 300, `the longest of them had ${longest} instructions: more than a conditional jump skips`);
  const tcp = PACKETS.tcp as SeenPacket;
  t.not(
    isWanted(compile(parse('tcp')), tcp),
    evaluate(parse('not tcp'), tcp),
    'another filter is found (control)',
  );
});

/** By primitives alone, whose programs are held against packets above. */
function evaluate(filter: Filter, packet: SeenPacket): boolean {
  if (filter.is === 'not') return !evaluate(filter.of, packet);
  if (filter.is === 'and') return evaluate(filter.left, packet) && evaluate(filter.right, packet);
  if (filter.is === 'or') return evaluate(filter.left, packet) || evaluate(filter.right, packet);
  return isWanted(compile(filter), packet);
}

t.test('what is refused, and what is left to tcpdump', async (t) => {
  for (const [text, why] of [
    ['host', /ends too early, after "host"/],
    ['tcp and', /ends too early/],
    ['(tcp', /a parenthesis is not closed/],
    ['tcp)', /a parenthesis was not opened/],
    ['port 0', /not a port from 1 to 65535/],
    ['port 65536', /not a port/],
    ['port 010', /not a port/],
    ['host nobody', /"nobody" is neither a pod nor an address/],
    ['host 10.0.0.256', /neither a pod nor an address/],
    ['host 10.0.0.0/8', /is not an address/],
    ['net 10.0.0.1/8', /bits set after its prefix/],
    ['net 10.0.0.0/33', /is not a network/],
    ['net fd00::1/64', /bits set after its prefix/],
  ] as const) {
    t.throws(() => parse(text), { message: why }, text);
    t.throws(() => parse(text), InputError);
    t.notOk(isUnknown(text), `${text}: is wrong in tcpdump's language, too`);
  }
  for (const text of [
    'greater 100',
    'tcp and greater 100',
    'host web and less 90',
    'tcp[tcpflags] & tcp-syn != 0',
    'ip proto 6',
    'vlan 5',
    'port http',
    'net 10',
    'ether host 0a:58:00:00:00:01',
  ])
    t.ok(isUnknown(text), text);
  t.throws(
    () =>
      compile(
        Array.from({ length: 600 }, (_, n) => parse(`port ${n + 1}`)).reduce((left, right) => ({
          is: 'or',
          left,
          right,
        })),
      ),
    { message: /too long/ },
  );
});

function isUnknown(text: string): boolean {
  try {
    parse(text);
    return false;
  } catch (error) {
    return error instanceof UnknownFilter;
  }
}

t.test('addresses in bytes', async (t) => {
  for (const [text, hex] of [
    ['10.244.0.2', '0af40002'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['fd00::1:2', 'fd000000000000000000000000010002'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
  ] as const)
    t.equal(addressBytes(text)?.toString('hex'), hex, text);
  for (const text of ['web', '10.0.0', 'fe80::1%eth0', '']) t.equal(addressBytes(text), undefined, text);
  t.equal(encode([{ code: 0x15, jt: 1, jf: 2, k: 0xfffff000 }]).toString('hex'), '1500010200f0ffff');
});
