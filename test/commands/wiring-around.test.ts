import t from 'tap';
import { wiringAround } from '../../src/commands/load-wiring.ts';
import type { MapNetns, Wiring } from '../../src/spec/wiring.ts';

const eth0 = (index: number, ...addresses: string[]) => ({
  ...{ index, name: 'eth0', kind: 'veth', up: true, mac: null, mtu: 1500 },
  ...{ addresses, master: null, detail: null, peer: null },
});
const pod = (name: string, inode: number, ...addresses: string[]): MapNetns => ({
  ...{ inode, label: `pod ${name}`, whose: [{ by: 'pod', name }], inside: [], nat: [] },
  interfaces: [{ ...eth0(1, '127.0.0.1/8'), name: 'lo', kind: 'loopback' }, eth0(2, ...addresses)],
});
const NAT = [
  'tcp port 8080, to this machine: dnat, destination becomes 10.244.0.2:80',
  'tcp port 8081, to this machine: dnat, destination becomes 10.244.0.20:80',
  'from 10.244.0.0/16, not to 10.244.0.0/16: masquerade',
  'from 172.17.0.0/16, not out by docker0: masquerade',
  'from fd00:1::/64: masquerade',
  'marked 0x4000: masquerade',
];
const host: MapNetns = {
  inode: 1,
  label: 'this host',
  whose: [{ by: 'host', name: '' }],
  inside: [],
  interfaces: [],
  nat: NAT,
};
const wiring: Wiring = {
  places: [host, pod('web', 2, '10.244.0.2/16'), pod('db', 3, '10.244.0.20/16', 'fd00:1::2/64')],
  ...{ cables: [], unseen: [] },
};
const natAround = (name: string) =>
  wiringAround(wiring, name).places[0]?.nat.map((sentence) => NAT.indexOf(sentence));

t.test('the page of a pod has the translations that concern it, and not those of another', async (t) => {
  t.same(natAround('web'), [0, 2, 5]);
  t.same(natAround('db'), [1, 2, 4, 5], 'the other pod has its own (control)');
  t.same(
    wiringAround(wiring, 'web').places.map(({ label }) => label),
    ['this host', 'pod web'],
  );
});
