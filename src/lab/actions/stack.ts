import type { PolicyPeer } from '../../spec/policy-spec.ts';
import { listeners } from '../evidence/network-evidence.ts';
import type { LabSession } from '../lab-session.ts';
import { benchmarkNet, wiringOf } from '../wiring.ts';
import { startAsker, startQueryLog } from './names.ts';
import { isolate } from './policy.ts';
import { choosePort } from './port.ts';
import { labelledPod, makeService, startNames, syncAtTheEnd } from './service.ts';
import { leadToEcho, startEcho, startTalker } from './udp-talker.ts';

/**
 * Everything that this product makes, at once. `client` (on `inner` and `side`) reaches `web` on the same bridge, by a Service, by
 * its names and by a published port; `db` on a routed network, which a policy isolates; `server` outside; and sends to `echo` by UDP.
 */
export async function buildStack(session: LabSession): Promise<void> {
  await syncAtTheEnd(session);
  const hostPort = await choosePort(session);
  await session.network('inner');
  await session.network('side');
  await session.network('routed', { type: 'ptp' });
  await session.network('outer', { subnet: benchmarkNet(session) });
  await labelledPod(session, 'web', { network: 'inner', app: 'web', hostPort });
  await labelledPod(session, 'db', { network: 'routed', app: 'db' });
  await makeService(session, 'web', { app: 'web' });
  await startQueryLog(session, 'inner', await startNames(session));
  await startAsker(session, { network: ['inner', 'side'] });
  await startServer(session);
  await startEcho(session, 'echo', 'inner');
  await leadToEcho(session, 'echo');
  await startTalker(session);
  await leaveBySide(session);
  await isolate(session, 'allow', 'db', addressesOf(session));
}

/** A machine outside: it has no route to pods. */
async function startServer(session: LabSession): Promise<void> {
  await session.pod('server', { network: 'outer' });
  await session.run('server', 'httpd', ['busybox', 'httpd', '-f', '-p', '80', '-h', '/etc'], { grace: 0 });
  await session.until(listeners('server'), (rows) => rows.some(({ port }) => port === 80));
  await session.shell([session.inNetwork('server', 'ip route delete default')]);
}

/** The client has two networks. What it sends to `db` leaves by one with its address in the other, where the answer comes in. */
async function leaveBySide(session: LabSession): Promise<void> {
  const [, side = ''] = session.podOf('client').addresses;
  const { gateway } = wiringOf(session, 'client');
  await session.shell([
    session.inNetwork('client', `sh -c 'echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter'`),
    session.inNetwork('client', `sh -c 'echo 0 > /proc/sys/net/ipv4/conf/eth1/rp_filter'`),
    session.inNetwork('client', `ip route add ${wiringOf(session, 'db').address} via ${gateway} src ${side}`),
  ]);
}

function addressesOf(session: LabSession): PolicyPeer[] {
  return session
    .podOf('client')
    .addresses.map((address) => ({ ipBlock: { cidr: `${address}/32`, except: [] } }));
}
