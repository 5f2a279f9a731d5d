import type { Call } from '../transcript/transcript.ts';
import type { Driver, DriverName } from './driver.ts';
import { batchCall, type Ip } from './ip.ts';
import { partCalls } from './netlink.ts';

/** A driver that writes down what it would do, and asks what only asks. */
export function openDryRunDriver(ip: Ip, name: DriverName, note: (call: Call) => void): Driver {
  const { links, link, routes, hasPolicyRules, tables, chains } = ip;
  return {
    name,
    links,
    link,
    routes,
    hasPolicyRules,
    tables,
    chains,
    openNetnsSocket: () => undefined,
    async apply(operations, inside) {
      if (name === 'ip') note(batchCall(operations, inside));
      else for (const call of partCalls(operations, inside)) note(call);
    },
  };
}
