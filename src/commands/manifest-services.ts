import type { Host } from '../pod/host.ts';
import { type Applied, applyServices, keepServices, removeServices, serveNames } from '../service/apply.ts';
import { ownServices } from '../service/dns.ts';
import { knowingServices } from '../service/plan.ts';
import { hasServices, portTitle, type ServiceRecord } from '../service/record.ts';
import { syncServices } from '../service/sync.ts';
import { viewServices } from '../service/view.ts';
import type { EndpointsSpec } from '../spec/endpoints-spec.ts';
import { type ServiceSpec, serviceTitle } from '../spec/service-spec.ts';
import type { PodPlan } from '../spec/workload-spec.ts';
import { printNotice } from './globals.ts';

/** The Services and pods of manifests; `stays`: they outlive this command. */
interface Wanted {
  readonly services: readonly ServiceSpec[];
  readonly endpoints: readonly EndpointsSpec[];
  readonly plans: readonly PodPlan[];
  readonly stays: boolean;
}

/**
 * Records the Services of manifests, and runs `body`, which makes their pods and has packets led to them before it lets them go. The
 * pods know the Services.
 * What fails takes the new ones back.
 */
export async function withServicesFor<T>(
  host: Host,
  root: string,
  { services, endpoints, plans, stays }: Wanted,
  body: (plans: readonly PodPlan[], serve: () => Promise<void>) => Promise<T>,
): Promise<{ readonly result: T; readonly applied: Applied }> {
  const applied = await applyServices(host, root, services, endpoints);
  try {
    const server = hasServices(root) ? await serveNames(host, root) : undefined;
    const known = ownServices(root);
    const serve = () => syncServices(host, root);
    const result = await body(
      plans.map((plan) => knowingServices(plan, known, server)),
      serve,
    );
    // A pod without a container that waits may have become ready since.
    await serve();
    if (stays) await keepServices(host, root, applied);
    announceServices(root, applied.services);
    return { result, applied };
  } catch (error) {
    await removeServices(host, root, applied.made, applied.given);
    throw error;
  }
}

/** `service "web" 10.96.0.2 80/tcp → 3 of 3 ready` */
function announceServices(root: string, services: readonly ServiceRecord[]): void {
  if (services.length === 0) return;
  const views = viewServices(root, undefined);
  for (const { uid } of services) {
    const view = views.find((each) => each.uid === uid);
    if (!view) continue;
    const { clusterIP, externalName, ports, ready, endpoints } = view;
    const nodePorts = ports.flatMap(({ nodePort }) => nodePort ?? []);
    const words = [
      `service "${serviceTitle(view)}"`,
      externalName ?? (clusterIP === 'None' ? 'headless' : (clusterIP ?? '')),
      ports.map(portTitle).join(', '),
    ];
    const state = externalName === undefined ? ` → ${ready} of ${endpoints} ready` : '';
    const nodes = nodePorts.length > 0 ? `; node port ${nodePorts.join(', ')}` : '';
    printNotice(`${words.filter(Boolean).join(' ')}${state}${nodes}`);
  }
}
