import { parseAddress } from '../net/address.ts';
import { checkPodNumbers } from '../spec/check-numbers.ts';
import { checkHostname, checkName, hostnameOf } from '../spec/names.ts';
import { DEFAULT_SHARE, type PodSpec, SHARE_KINDS } from '../spec/pod-spec.ts';
import { hostPortName, overlap, type PortMapping } from '../spec/port.ts';
import { InputError } from '../sys/errors.ts';
import { unique } from '../sys/unique.ts';
import { findNetns } from './adopted-netns.ts';
import type { Host } from './host.ts';
import { interfacesOf } from './interfaces.ts';
import { refuseExisting } from './lock-pod.ts';
import { freeNetnsPath } from './netns-name.ts';
import type { Intent } from './record.ts';

/** Validates a spec as a whole and derives the intent from it. Nothing has been touched yet. */
export function intentFor(
  host: Pick<Host, 'instance' | 'kernel' | 'lookInside'>,
  root: string,
  spec: PodSpec,
): Intent {
  const instance = host.instance(root);
  const name = checkName('pod', spec.name);
  checkPodNumbers(spec);
  refuseExisting(root, name);
  const hostname = spec.hostname === undefined ? hostnameOf(name) : checkHostname(spec.hostname);
  const adopted = spec.netns === undefined ? undefined : findNetns(host, spec.netns);
  const wanted = interfacesOf(instance.id, spec, adopted?.taken);
  const share = SHARE_KINDS.filter(
    (kind) => (spec.share ?? DEFAULT_SHARE).includes(kind) && !(kind === 'net' && wanted.hostNetwork),
  );
  const ports = checkPorts(spec.ports ?? []);
  // Without a network namespace of its own a pod has no interface.
  const network = share.includes('net') ? wanted : { ...wanted, interfaces: [] };
  if (network.interfaces.length === 0 && (ports.length > 0 || spec.ip !== undefined)) {
    throw new InputError(`pod "${name}" has no interface, and so neither an address nor published ports`, {
      hint: 'leave out --ip and -p, or give it a network',
    });
  }
  if (share.length === 0)
    throw new InputError(`pod "${name}" shares nothing: a holder without a namespace holds nothing`);
  if (spec.hostname !== undefined && !share.includes('uts')) {
    throw new InputError(`pod "${name}" has no UTS namespace of its own, and so no host name`, {
      hint: 'add uts to --share',
    });
  }
  if (adopted && !share.includes('net'))
    throw new InputError(`pod "${name}" has no network namespace to adopt ${adopted.netns.path} as`, {
      hint: 'leave out --netns, or --network host and a --share without net',
    });
  const isNamed = share.includes('net') && !adopted;
  if (spec.netnsName === 'attach' && !isNamed)
    throw new InputError(`pod "${name}" has no network namespace of its own to attach a name to`, {
      hint: 'leave out the name by attach, or --network host, a --share without net, and an adopted namespace',
    });
  return {
    apiVersion: 'nslab/v1',
    kind: 'Pod',
    ...{ name, hostname, share, ports, ...network },
    uid: unique(),
    instance,
    createdAt: new Date().toISOString(),
    holder: true,
    ...(adopted && { netns: adopted.netns }),
    ...(isNamed && { netnsLink: freeNetnsPath(instance.id, name) }),
    ...(isNamed && spec.netnsName === 'attach' && { pinned: true }),
    ...(spec.sysctls && { sysctls: spec.sysctls }),
    ...(spec.volumes && { volumes: spec.volumes }),
    ...(spec.manifest && { manifest: spec.manifest }),
    ...(spec.job && { job: spec.job.name }),
  };
}

function checkPorts(ports: readonly PortMapping[]): readonly PortMapping[] {
  const seen = new Map<string, PortMapping[]>();
  return ports.map((wanted) => {
    const { hostIP, ...rest } = wanted;
    if (hostIP !== undefined) parseAddress(hostIP);
    const port = hostIP === undefined || hostIP === '0.0.0.0' ? rest : wanted;
    const key = `${port.hostPort}/${port.protocol}`;
    const others = seen.get(key) ?? [];
    if (others.some((other) => overlap(other, port)))
      throw new InputError(`port ${hostPortName(port)} is published twice`);
    seen.set(key, [...others, port]);
    return port;
  });
}
