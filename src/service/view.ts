import type { Host } from '../pod/host.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import { candidates, endpointsOf } from './endpoints.ts';
import { readProxy, readServices, type ServiceRecord } from './record.ts';
import { endpointChain, isAddressed, serviceChain } from './ruleset.ts';

/** How many connections each chain has led, by its name; undefined where the kernel could not be asked. */
export type Hits = ReadonlyMap<string, number> | undefined;

/** A Service as people ask for it. */
export interface ServiceView extends ServiceRecord {
  /** How many of its endpoints are ready, of how many. */
  readonly ready: number;
  readonly endpoints: number;
  /** How many connections it has led; null where that is not known. */
  readonly hits: number | null;
  readonly behind: readonly EndpointView[];
}

/** A pod behind a port of a Service. */
export interface EndpointView {
  readonly service: string;
  readonly port: ServiceRecord['ports'][number];
  /** None for an address that was given by hand. */
  readonly pod: string | null;
  readonly address: string;
  readonly target: number;
  readonly ready: boolean;
  readonly hits: number | null;
}

/** The counters of the rules. They survive each sync, and go with their chain. */
export async function hitsOf(host: Pick<Host, 'nft'>, root: string): Promise<Hits> {
  return countersOf(host, readProxy(root)?.table);
}

/** The packets that each counter of a table has counted, by its name. */
export async function countersOf(host: Pick<Host, 'nft'>, table: string | undefined): Promise<Hits> {
  if (table === undefined || process.geteuid?.() !== 0) return undefined;
  const objects = await host.nft.list('what the rules have counted', 'counters');
  const ours = objects.flatMap(({ counter }) => (counter?.table === table ? [counter] : []));
  return new Map(ours.map(({ name, packets }) => [String(name), Number(packets)]));
}

/** All Services with the pods behind them, read from the records. */
export function viewServices(root: string, hits: Hits): ServiceView[] {
  const pods = candidates(root);
  return readServices(root).map((service) => {
    const behind = service.ports.flatMap((port) => {
      const place = { service, port };
      return endpointsOf(service, port, pods).map((endpoint) => ({
        service: serviceTitle(service),
        port,
        pod: endpoint.pod,
        address: endpoint.address,
        target: endpoint.port,
        ready: endpoint.ready,
        hits: isAddressed(service) ? (hits?.get(endpointChain(place, endpoint)) ?? null) : null,
      }));
    });
    const counted = service.ports.flatMap((port) => hits?.get(serviceChain({ service, port })) ?? []);
    return {
      ...service,
      ready: behind.filter(({ ready }) => ready).length,
      endpoints: behind.length,
      hits: counted.length > 0 ? counted.reduce((sum, each) => sum + each, 0) : null,
      behind,
    };
  });
}
