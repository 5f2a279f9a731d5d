import t from 'tap';
import { parseCounters, risenDrops } from '../../src/trace/counters.ts';
import { flowOf, toPacket } from '../../src/trace/packet.ts';

const header = (protocol: number, ...more: string[]) =>
  Buffer.from(
    [
      '45a8003c1234400040',
      protocol.toString(16).padStart(2, '0'),
      '0000',
      '0af40002',
      '0af40003',
      ...more,
    ].join(''),
    'hex',
  );

t.test('the headers of a traced packet', async (t) => {
  const tcp = toPacket(header(6), Buffer.from('a1b20050', 'hex'));
  t.match(tcp, { id: 0x1234, ttl: 64, dscp: 0x2a, ports: { from: 0xa1b2, to: 80 } });
  t.equal(tcp && flowOf(tcp), '10.244.0.2:41394 → 10.244.0.3:80');

  const echo = toPacket(header(1), Buffer.from('0800000000070001', 'hex'));
  t.match(echo, { icmp: { type: 8, echo: 7, aboutId: undefined } });
  t.equal(echo && flowOf(echo), '10.244.0.2 → 10.244.0.3', 'an echo has no ports');

  const error = Buffer.from(`0303000000000000${header(17).subarray(0, 12).toString('hex')}`, 'hex');
  t.match(
    toPacket(header(1), error),
    { icmp: { type: 3, code: 3, aboutId: 0x1234 } },
    'an error names its packet',
  );

  t.equal(toPacket(Buffer.alloc(40, 0x60)), undefined, 'not IPv4');
  t.equal(toPacket(header(6).subarray(0, 19)), undefined, 'cut short');
  t.equal(toPacket(header(6), Buffer.alloc(3))?.ports, undefined, 'a fragment without ports');
});

t.test('counters of dropped packets that rose', async (t) => {
  const text = (noRoute: number, received: number) =>
    `Ip: Forwarding InReceives OutNoRoutes\nIp: 1 ${received} ${noRoute}\nIpExt: InNoRoutes\nIpExt: 0\n`;
  const [before, after] = [parseCounters(text(4, 10)), parseCounters(text(5, 12))];
  t.equal(after.get('IpOutNoRoutes'), 5);
  t.same(risenDrops(before, after), ['IpOutNoRoutes']);
  t.same(risenDrops(before, parseCounters(text(4, 99))), [], 'what is received is not dropped (control)');
});
