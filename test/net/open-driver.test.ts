import t from 'tap';
import { openIp } from '../../src/net/ip.ts';
import { openDriver, readDriver } from '../../src/net/open-driver.ts';
import { recorder } from '../sys/recorder.ts';

// One process opens its socket once: where it is refused comes first.
t.test('a machine that lets us have no socket, and one that does', async (t) => {
  const refusing = recorder({ socket: { errno: 1 } });
  const ip = openIp(refusing, []);
  const said: string[] = [];
  const warn = (line: string) => void said.push(line);
  t.equal(openDriver({ kernel: refusing, ip }, undefined, warn), ip, 'then it is ip(8)');
  t.match(
    said,
    [/^the network is configured by ip\(8\): socket\(.*\) failed: EPERM/],
    'and the reason is told',
  );
  t.throws(() => openDriver({ kernel: refusing, ip }, 'netlink', warn), /EPERM/, 'unless netlink was wanted');
  t.equal(openDriver({ kernel: refusing, ip }, 'ip', warn), ip);
  t.equal(said.length, 1, 'whoever wants ip is told nothing');
  const kernel = recorder({ socket: 9 });
  t.equal(openDriver({ kernel, ip }, undefined, warn).name, 'netlink', 'elsewhere it is netlink (control)');
});

t.test('a driver’s name, or that of the environment', async (t) => {
  const before = process.env.NSLAB_DRIVER;
  t.teardown(() => {
    if (before === undefined) delete process.env.NSLAB_DRIVER;
    else process.env.NSLAB_DRIVER = before;
  });
  process.env.NSLAB_DRIVER = 'ip';
  t.same([readDriver(), readDriver('netlink')], ['ip', 'netlink']);
  process.env.NSLAB_DRIVER = '';
  t.equal(readDriver(), undefined);
  process.env.NSLAB_DRIVER = 'brctl';
  t.throws(() => readDriver(), {
    name: 'InputError',
    message: 'no driver "brctl"',
    hint: 'one of netlink, ip',
  });
});
