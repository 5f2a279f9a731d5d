import { podNames, readMaybePod } from '../pod/store.ts';
import { podState, readyOf, seePod } from '../pod/view.ts';
import { workloadState } from '../pod/workload-record.ts';
import type { EventType, ObservedEvent } from '../spec/observed-event.ts';
import { serviceTitle } from '../spec/service-spec.ts';
import { isRunning } from '../sys/procfs.ts';
import { portTitle } from './record.ts';
import { isAddressed } from './ruleset.ts';
import { type ServiceView, viewServices } from './view.ts';

/** What is known of pods, workloads, Services and endpoints at one moment, in words, by type and name. */
export type StateSnapshot = ReadonlyMap<string, string>;

export function takeSnapshot(root: string): StateSnapshot {
  const found = new Map<string, string>();
  const note = (type: EventType, name: string, words: string) => found.set(`${type} ${name}`, words);
  for (const name of podNames(root)) {
    const pod = readMaybePod(root, name);
    if (!pod) continue;
    const seen = seePod(pod);
    const isCounted = seen.workloads.length > 0;
    note('pod', name, `${podState(pod, seen)}${isCounted ? `, ${readyOf(seen)} ready` : ''}`);
    for (const workload of seen.workloads)
      note('workload', `${name}/${workload.name}`, workloadWords(workload));
  }
  for (const service of servicesOf(root)) {
    const title = serviceTitle(service);
    const address = service.clusterIP ?? service.type;
    note(
      'service',
      title,
      [address, service.ports.map(portTitle).join(', ')].filter((word) => word !== '').join(' '),
    );
    const ready = service.behind
      .filter((each) => each.ready)
      .map(({ pod, address, target, port }) => `${pod ?? address}:${target}/${port.protocol}`);
    if (isAddressed(service) || service.behind.length > 0)
      note(
        'endpoints',
        title,
        `${ready.length} of ${service.behind.length} ready${ready.length > 0 ? `: ${ready.join(', ')}` : ''}`,
      );
  }
  return found;
}

function workloadWords(workload: ReturnType<typeof seePod>['workloads'][number]): string {
  if ('lost' in workload) return workload.lost;
  const { status, spec, process } = workload;
  // Its record is there before its shim is.
  if (status.state === 'created' && isRunning(spec.creator)) return 'ContainerCreating';
  return [
    workloadState(workload),
    ...(process && status.ready ? ['ready'] : []),
    ...(status.restarts > 0 ? [`restart ${status.restarts}`] : []),
    ...(status.note === '' ? [] : [status.note]),
  ].join(', ');
}

/** Of a damaged record `nslab service ls` tells. */
function servicesOf(root: string): ServiceView[] {
  try {
    return viewServices(root, undefined);
  } catch {
    return [];
  }
}

/** What has changed from one snapshot to the next. */
export function changesBetween(before: StateSnapshot, now: StateSnapshot, time: bigint): ObservedEvent[] {
  const event = (key: string, action: ObservedEvent['action'], message: string): ObservedEvent => {
    const [type, object = ''] = key.split(' ');
    return { time, type: type as EventType, action, where: null, object, message };
  };
  return [
    ...[...now].flatMap(([key, words]) => {
      const old = before.get(key);
      if (old === words) return [];
      return event(key, old === undefined ? 'added' : 'changed', words);
    }),
    ...[...before.keys()].flatMap((key) => (now.has(key) ? [] : event(key, 'removed', 'removed'))),
  ];
}
