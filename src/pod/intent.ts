import { parseAddress } from '../net/address.ts';
import { checkPodNumbers } from '../spec/check-numbers.ts';
import { checkHostname, checkName } from '../spec/names.ts';
import { DEFAULT_SHARE, type PodSpec, SHARE_KINDS } from '../spec/pod-spec.ts';
import type { PortMapping } from '../spec/port.ts';
import { InputError } from '../sys/errors.ts';
import { bootId } from '../sys/procfs.ts';
import { netnsPath, refuseForeignName } from './netns-name.ts';
import type { Intent } from './record.ts';
import { refuseExisting } from './store.ts';
import { freeHostInterface, isWired } from './wire.ts';

/** Validates a spec as a whole and derives the intent from it. Nothing has been touched yet. */
export function intentFor(root: string, spec: PodSpec): Intent {
  const name = checkName('pod', spec.name);
  checkPodNumbers(spec);
  refuseExisting(root, name);
  const hostname = spec.hostname === undefined ? name : checkHostname(spec.hostname);
  const network = spec.network ?? 'default';
  const share = SHARE_KINDS.filter(
    (kind) => (spec.share ?? DEFAULT_SHARE).includes(kind) && !(kind === 'net' && network === 'host'),
  );
  const ports = checkPorts(spec.ports ?? []);
  if (!['none', 'host', 'default'].includes(network)) checkName('network', network);
  if (spec.ip !== undefined) parseAddress(spec.ip);
  const base = { name, hostname, network, share, ports };
  const wired = isWired(base);
  if (!wired && (ports.length > 0 || spec.ip !== undefined)) {
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
  const named = share.includes('net');
  if (named) refuseForeignName(name);
  return {
    apiVersion: 'nslab/v1',
    kind: 'Pod',
    ...base,
    bootId: bootId(),
    createdAt: new Date().toISOString(),
    holder: true,
    ...(wired && { hostInterface: freeHostInterface(name) }),
    ...(named && { netnsLink: netnsPath(name) }),
    ...(spec.sysctls && { sysctls: spec.sysctls }),
    ...(spec.volumes && { volumes: spec.volumes }),
    ...(spec.manifest && { manifest: spec.manifest }),
  };
}

function checkPorts(ports: readonly PortMapping[]): readonly PortMapping[] {
  const seen = new Set<string>();
  for (const { hostPort, protocol } of ports) {
    const key = `${hostPort}/${protocol}`;
    if (seen.has(key)) throw new InputError(`port ${key} is published twice`);
    seen.add(key);
  }
  return ports;
}
