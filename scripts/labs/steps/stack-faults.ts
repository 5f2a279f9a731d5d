import { editedResolver } from '../../../src/lab/actions/names.ts';
import { peersOf } from '../../../src/lab/actions/policy.ts';
import { clusterIPOf, endpointChainOf, serviceTable } from '../../../src/lab/actions/service.ts';
import { ECHO_PORT, TALKER_PORT } from '../../../src/lab/actions/udp-talker.ts';
import * as what from '../../../src/lab/faults.ts';
import { type Breakage, fault, here, type Inside } from '../../../src/lab/faults.ts';
import type { FaultScript } from '../../../src/lab/lab.ts';
import type { LabSession } from '../../../src/lab/lab-session.ts';
import { wiringOf } from '../../../src/lab/wiring.ts';
import { noHairpin, noMasquerade, noPublishedPort, noServiceElement } from './faults.ts';

// The faults of the whole stack, by the way on which each is noticed.

const inside =
  (session: LabSession, role: string): Inside =>
  (line) =>
    session.inNetwork(role, line);
const addressOf = (session: LabSession, role: string) => wiringOf(session, role).address;

export const neighbour: readonly FaultScript[] = [
  fault('host-end-down', (session) => what.linkDown(wiringOf(session, 'web').hostInterface)),
  fault('no-address', (session) => {
    const { cidr, gateway } = wiringOf(session, 'web');
    return what.noAddress(inside(session, 'web'), cidr, gateway, 'eth0');
  }),
  fault('inner-firewall', (session) => what.inputDrop(inside(session, 'web'), 80)),
  fault('process-stopped', (session) => what.stopped(session.podOf('web').workload('c').pid ?? 0)),
  fault('isolated-ports', (session) =>
    what.isolatedPorts(...['web', 'client'].map((role) => wiringOf(session, role).hostInterface)),
  ),
];

export const outside: readonly FaultScript[] = [
  fault('no-default-route', (session) =>
    what.noDefaultRoute(inside(session, 'client'), wiringOf(session, 'client').gateway),
  ),
  fault('forwarding-off', (session) => what.forwardingOff(wiringOf(session, 'client').bridge)),
  fault('forward-drop', (session) => what.forwardDrop(session.tableOf('inner'))),
  noMasquerade('inner', 'client'),
  fault('wrong-route', (session) =>
    what.wrongRoute(here, `${addressOf(session, 'server')}/32`, wiringOf(session, 'client').bridge),
  ),
  fault('no-way-back', (session) =>
    what.blackhole(inside(session, 'server'), `${wiringOf(session, 'server').gateway}/32`),
  ),
  fault('wrong-neighbour', (session) =>
    what.wrongNeighbour(inside(session, 'client'), wiringOf(session, 'client').gateway, 'eth0'),
  ),
  fault('blackhole', (session) =>
    what.blackhole(inside(session, 'client'), wiringOf(session, 'server').subnet),
  ),
];

export const service: readonly FaultScript[] = [
  noServiceElement('web'),
  fault('wrong-endpoint-port', (session) =>
    what.oneRuleMore(
      `${serviceTable(session)} ${endpointChainOf(session, 'web', 'web')}`,
      `meta l4proto tcp dnat to ${addressOf(session, 'web')}:81`,
    ),
  ),
];

export const itself: readonly FaultScript[] = [noHairpin('web', 'inner', 'web')];

export const published: readonly FaultScript[] = [noPublishedPort('web')];

export const isolated: readonly FaultScript[] = [
  fault('not-a-peer', (session) =>
    what.noElement(peersOf(session, 'allow'), session.podOf('client').addresses[1] ?? ''),
  ),
  fault('rp-filter', (session) => what.reversePathFilter(inside(session, 'client'), 'eth1')),
  fault('blackhole-rule', (session) =>
    what.blackholeRule(inside(session, 'db'), wiringOf(session, 'db').gateway),
  ),
];

export const wholeName: readonly FaultScript[] = [
  fault('server-stopped', (session) => what.stopped(session.pid('dns/dnsmasq'))),
  fault('wrong-server', (session) =>
    editedResolver(
      session,
      `nameserver ${addressOf(session, 'dns')}`,
      `nameserver ${addressOf(session, 'web')}`,
    ),
  ),
];

export const shortName: readonly FaultScript[] = [
  fault('other-search-list', (session) => editedResolver(session, 'search default', 'search other')),
];

export const large: readonly FaultScript[] = [
  fault('small-mtu', (session) => what.smallMtu(wiringOf(session, 'client').hostInterface, 1500)),
];

export const udp: readonly FaultScript[] = [fault('stale-entry', staleEntry)];

/** An entry of a UDP connection that leads to an address that is gone. The rules are as they should be. */
function staleEntry(session: LabSession): Breakage {
  const chain = `${serviceTable(session)} ${endpointChainOf(session, 'echo', 'echo')}`;
  // On another bridge: what is not routed is forgotten again where nobody answers ARP.
  const gone = wiringOf(session, 'server').gateway.replace(/\.1$/, '.250');
  const wrong = what.oneRuleMore(chain, `meta l4proto udp dnat to ${gone}:${ECHO_PORT}`);
  const again = `kill -USR1 ${session.pid('client/talker')}`;
  const place = `--orig-dst ${clusterIPOf(session, 'echo')} --orig-port-dst ${TALKER_PORT}`;
  return {
    // It sends from another port, while a wrong rule is there: that one has an entry then.
    breaks: [...wrong.breaks, `${again}; sleep 0.6`, ...wrong.cures],
    cures: [`conntrack -D -p udp ${place} 2>/dev/null || ${again}`],
  };
}
