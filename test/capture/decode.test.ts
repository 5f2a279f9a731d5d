import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/capture/decode.ts';
import { packetLine } from '../../src/capture/packet-line.ts';
import { type CapturedPacket, LINKTYPE_RAW, PcapngReader, sectionHead } from '../../src/sys/pcapng.ts';

/** Frames as tcpdump has seen them, and what is said of each: time and link are left out. */
const FRAMES: ReadonlyArray<readonly [hex: string, said: string]> = [
  [
    'ffffffffffff0a580af40002080600010800060400010a580af400020af400020000000000000af40003',
    'arp  10.244.0.2 (pod a) > 10.244.0.3 who-has 10.244.0.3',
  ],
  [
    '0a580af400020a580af40003080600010800060400020a580af400030af400030a580af400020af40002',
    'arp  10.244.0.3 > 10.244.0.2 (pod a) is-at 0a:58:0a:f4:00:03',
  ],
  [
    '0a580af400030a580af40002080045000054bb584000400169640af400020af4000308000b9300ee00000527e657',
    'icmp 10.244.0.2 (pod a) > 10.244.0.3 echo request id 238 seq 0 length 64',
  ],
  [
    '0a580af400020a580af4000108004500003c398740004006eb4a0af400010af40002e4260051986e8dbc00000000a002faf0161900000204',
    'tcp  10.244.0.1:58406 > 10.244.0.2:81 (pod a) [S] length 0',
  ],
  [
    '0a580af400010a580af400020800450000282b654000400624e60af400020af400010051e42600000000986e8dbd501400008f420000',
    'tcp  10.244.0.2:81 (pod a) > 10.244.0.1:58406 [R.] length 0',
  ],
  [
    '0a580af400030a580af40002080045000080a1484000401183380af400020af40003bf930009006c166a',
    'udp  10.244.0.2:49043 (pod a) > 10.244.0.3:9 length 100',
  ],
  [
    '0a580af400020a580af40003080045c0009c2fe40000400133d10af400030af400020303268a00000000',
    'icmp 10.244.0.3 > 10.244.0.2 (pod a) unreachable, code 3 length 136',
  ],
  [
    '3333000000010a580af4000286dd6000000000083afffe800000000000000000000000000001ff0200000000000000000000000000018000000000010001',
    'icmp6 fe80::1 > ff02::1 echo request id 1 seq 1 length 8',
  ],
  [
    '3333000000160a580af4000186dd600000000024000100000000000000000000000000000000ff0200000000000000000000000000163a000502000001008f006e220000000104000000ff02000000000000000000000000006a',
    'icmp6 :: > ff02::16 multicast listener report length 28',
  ],
  [
    '0a580af400030a580af4000281000005080045000054bb584000400169640af400020af4000308000b9300ee00000527e657',
    'icmp 10.244.0.2 (pod a) > 10.244.0.3 vlan 5 echo request id 238 seq 0 length 64',
  ],
  [
    '0a580af400030a580af4000208004500003cbb582001400169640af400020af40003aabb',
    'icmp 10.244.0.2 (pod a) > 10.244.0.3 fragment at 8 length 2',
  ],
  ['0180c2000000aabbccddeeff0026424203000000', 'ether llc length 6'],
  ['0180c200000eaabbccddeeff88cc0207', 'ether ethertype 0x88cc length 2'],
  ['0a580af400030a580af400020800450000', '?    truncated length 17'],
];

t.test('what a frame says', async (t) => {
  const nameOf = (address: string) => (address === '10.244.0.2' ? 'pod a' : undefined);
  for (const [hex, said] of FRAMES) {
    const bytes = Buffer.from(hex, 'hex');
    const packet: CapturedPacket = {
      time: 0n,
      link: { name: 'eth0', type: 1 },
      direction: 'In',
      bytes,
      length: bytes.length,
    };
    t.equal(packetLine(packet, decode(bytes, 1), nameOf, 6).replace(/^\S+ eth0 {3}In {2}/, ''), said);
  }
  const [arp = ''] = FRAMES[0] ?? [];
  const bytes = Buffer.from(FRAMES[2]?.[0] ?? '', 'hex');
  t.match(
    decode(bytes.subarray(14), LINKTYPE_RAW),
    { protocol: 'icmp', to: { address: '10.244.0.3' } },
    'without a link layer',
  );
  const cut: CapturedPacket = {
    time: 1_700_000_000_123_456_789n,
    link: { name: 'lo', type: 1 },
    direction: 'Out',
    bytes,
    length: 9000,
  };
  t.match(
    packetLine(cut, decode(bytes, 1), () => undefined, 2),
    /^\d\d:\d\d:\d\d\.123456 lo Out icmp .* length 64 \(captured 46 of 9000\)$/,
  );
  t.not(arp, '');
});

t.test('whatever comes is told in words', async (t) => {
  const whole = FRAMES.map(([hex]) => Buffer.from(hex, 'hex'));
  fc.assert(
    fc.property(
      fc.constantFrom(...whole),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255))),
      fc.nat(60),
      fc.constantFrom(1, LINKTYPE_RAW),
      (frame, changes, length, type) => {
        const bytes = Buffer.from(frame);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return typeof decode(bytes.subarray(0, length), type).says === 'string';
      },
    ),
    { numRuns: 3000 },
  );
  t.pass('no frame throws');
});

t.test('pcapng in whatever pieces it comes', async (t) => {
  const head = sectionHead({ os: 'Linux', application: 'nslab', comment: 'a test' }, [
    [Buffer.from([10, 0, 0, 1]), 'pod/a'],
  ]);
  const word = (...values: readonly number[]) => Buffer.from(Uint32Array.from(values).buffer);
  const link = Buffer.concat([
    word(1, 32, 1, 0),
    Buffer.from([2, 0, 4, 0]),
    Buffer.from('eth0'),
    word(0, 32),
  ]);
  const packet = Buffer.concat([
    word(6, 52, 0, 1, 5, 3, 3),
    Buffer.from('abc\0'),
    Buffer.from([2, 0, 4, 0]),
    word(2, 0, 0, 52),
  ]);
  const whole = Buffer.concat([head, link, packet, packet]);
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
      const reader = new PcapngReader();
      const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
      const found = places.slice(1).flatMap((end, at) => reader.read(whole.subarray(places[at], end)));
      return (
        found.length === 2 &&
        found.every(
          ({ link: { name }, direction, bytes, time }) =>
            name === 'eth0' && direction === 'Out' && String(bytes) === 'abc' && time === (1n << 32n) + 5n,
        )
      );
    }),
  );
  t.pass('two packets');
});
