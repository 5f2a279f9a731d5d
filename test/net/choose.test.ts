import t from 'tap';
import { chooseSubnet, outerDevices, outerMtu } from '../../src/net/choose.ts';
import type { Link } from '../../src/net/driver.ts';

t.test('a catch-all is no collision, a more specific route is', async (t) => {
  const chosen = (...routes: string[]) =>
    chooseSubnet(
      undefined,
      routes.map((to) => ({ to })),
      [],
    ).cidr;
  t.equal(chosen(), '10.244.0.0/16');
  for (const catchAll of [['default'], ['0.0.0.0/0'], ['0.0.0.0/1', '128.0.0.0/1']])
    t.equal(chosen(...catchAll), '10.244.0.0/16', catchAll.join(' and '));
  t.equal(chosen('10.244.3.0/24'), '10.245.0.0/16', 'a more specific one (control)');
  t.equal(chosen('10.244.0.0/15'), '10.246.0.0/16');
  t.throws(() => chooseSubnet('10.0.0.0/24', [{ to: '0.0.0.0/2' }], []), /overlaps the route 0\.0\.0\.0\/2/);
  t.equal(chooseSubnet('10.0.0.0/24', [{ to: '0.0.0.0/1' }], []).cidr, '10.0.0.0/24', 'a wanted one, too');
});

t.test('where 10.0.0.0/8 is taken, another private range is left', async (t) => {
  const taken: string[] = [];
  const next = () => {
    const { cidr } = chooseSubnet(
      undefined,
      taken.map((to) => ({ to })),
      [],
    );
    return cidr;
  };
  for (const [route, then] of [
    ['10.0.0.0/8', '172.16.0.0/16'],
    ['172.16.0.0/16', '172.17.0.0/16'],
    ['172.16.0.0/12', '192.168.0.0/20'],
    ['192.168.1.0/24', '192.168.16.0/20'],
    ['192.168.0.0/16', '100.64.0.0/16'],
    ['100.64.0.0/11', '100.96.0.0/16'],
  ] as const) {
    taken.push(route);
    t.equal(next(), then, `also ${route}`);
  }
  taken.push('100.64.0.0/10');
  t.throws(next, { name: 'OperationError', hint: /--subnet CIDR/ });
});

t.test('the MTU is the smallest of all ways out', async (t) => {
  const links = [
    link('eth0', 1500),
    link('wg0', 1420),
    link('tun0', 1400),
    link('lo', 65536),
    link('vmnet', 1200),
  ];
  const mtu = (...routes: [to: string, device?: string][]) =>
    outerMtu(outerDevices(routes.map(([to, device]) => ({ to, device }))), links);
  t.equal(mtu(['default', 'eth0']), 1500);
  t.equal(mtu(['default', 'eth0'], ['default', 'wg0']), 1420, 'a default in any table');
  t.equal(mtu(['default', 'eth0'], ['0.0.0.0/1', 'tun0'], ['128.0.0.0/1', 'tun0']), 1400, 'two halves');
  t.equal(mtu(['default', 'eth0'], ['198.51.100.0/24', 'vmnet']), 1500, 'not of another route (control)');
  t.equal(mtu(['default', 'lo'], ['default']), 1500);
});

function link(name: string, mtu: number): Link {
  return { name, mtu, index: 1, group: 0 };
}
