import { portOf } from '../../../src/lab/actions/port.ts';
import { chainOf, clusterIPOf, endpointChainOf, serviceTable } from '../../../src/lab/actions/service.ts';
import { fault, noElement, noRule, together } from '../../../src/lab/faults.ts';
import type { FaultScript } from '../../../src/lab/lab.ts';
import { wiringOf } from '../../../src/lab/wiring.ts';

// Faults that several labs have.

/** Pods of the network leave with their own addresses. */
export function noMasquerade(network: string, pod: string): FaultScript {
  return fault('no-masquerade', (session) => {
    const { subnet } = wiringOf(session, pod);
    const rule = `ip saddr ${subnet} ip daddr != ${subnet} masquerade`;
    return noRule(`${session.tableOf(network)} postrouting`, rule, 'to the outside, as this host');
  });
}

/** The rules do not know the address and the port of a Service. */
export function noServiceElement(role: string): FaultScript {
  return fault('no-service-element', (session) =>
    noElement(
      `${serviceTable(session)} service-ips`,
      `${clusterIPOf(session, role)} . tcp . 80`,
      `goto ${chainOf(session, role)}`,
    ),
  );
}

/** Two rules give a packet of a pod to itself another source: the Service's own, and that of the network. */
export function noHairpin(role: string, network: string, pod: string): FaultScript {
  return fault('no-hairpin', (session) => {
    const { address, subnet } = wiringOf(session, pod);
    const own = `${serviceTable(session)} ${endpointChainOf(session, role, pod)}`;
    const ofNetwork = `${session.tableOf(network)} postrouting`;
    return together(
      noRule(own, `ip saddr ${address} jump mark-for-masquerade`, 'a pod that reaches itself'),
      noRule(
        ofNetwork,
        `ip saddr ${subnet} ip daddr ${subnet} ct status dnat masquerade`,
        'by a published port to a neighbour, or to itself',
      ),
    );
  });
}

/** The chosen port of this host leads nowhere. */
export function noPublishedPort(pod: string): FaultScript {
  return fault('no-element', (session) => {
    const { table, address } = wiringOf(session, pod);
    return noElement(`${table} hostports`, `tcp . ${portOf(session)}`, `${address} . 80`);
  });
}
