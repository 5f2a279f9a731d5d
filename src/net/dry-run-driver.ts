import type { Intent } from '../transcript/transcript.ts';
import type { Driver, DriverName } from './driver.ts';
import { batchIntent, type Ip } from './ip.ts';
import { partIntents } from './netlink.ts';

/** A driver that writes down what it would do, and asks what only asks. */
export function openDryRunDriver(ip: Ip, name: DriverName, note: (intent: Intent) => void): Driver {
  const { links, link, routes, chains } = ip;
  return {
    name,
    links,
    link,
    routes,
    chains,
    openWay: () => undefined,
    async apply(operations, inside) {
      if (name === 'ip') note(batchIntent(operations, inside));
      else for (const intent of partIntents(operations, inside)) note(intent);
    },
  };
}
