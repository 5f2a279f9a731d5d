import { isIPv4 } from 'node:net';
import { checkName } from '../spec/names.ts';
import { DEFAULT_NETWORK } from '../spec/network-spec.ts';
import type { InterfaceSpec } from '../spec/pod-spec.ts';

/** The annotation of Multus that adds interfaces to a pod: the Network Plumbing Working Group's de-facto standard. */
export const NETWORKS_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';

/** What an annotation asks for, and why a part of it cannot be had here. */
export interface Attachments {
  readonly interfaces: readonly InterfaceSpec[];
  readonly faults: readonly string[];
  readonly unsupported: readonly string[];
}

/** Reads `lab,other@net1`, or a JSON list of objects with `name`, `ips` and `interface`. */
export function readAttachments(text: string): Attachments {
  const faults: string[] = [];
  const unsupported: string[] = [];
  const read = text.trimStart().startsWith('[') ? fromJson(text, unsupported) : fromWords(text);
  if (read === undefined) return { interfaces: [], faults: ['not a JSON list of objects'], unsupported };
  for (const { name } of read) {
    try {
      if (name !== DEFAULT_NETWORK) checkName('network', name);
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  return { interfaces: read, faults, unsupported };
}

/** Each is `[NAMESPACE/]NETWORK[@INTERFACE]`. A network has no namespace here. */
function fromWords(text: string): InterfaceSpec[] {
  return text.split(',').map((word) => {
    const [, name = '', device] = /^(?:[^/]*\/)?([^@]*)(?:@(.*))?$/.exec(word.trim()) ?? [];
    return { name, ...(device !== undefined && { interface: device }) };
  });
}

function fromJson(text: string, unsupported: string[]): InterfaceSpec[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || !list.every((each) => typeof each === 'object' && each !== null))
    return undefined;
  return list.map((each: Readonly<Record<string, unknown>>) => fromObject(each, unsupported));
}

const KNOWN = ['name', 'namespace', 'ips', 'interface'];

function fromObject(element: Readonly<Record<string, unknown>>, unsupported: string[]): InterfaceSpec {
  for (const key of Object.keys(element))
    if (!KNOWN.includes(key)) unsupported.push(`"${key}" of an attached network has no effect`);
  const name = String(element.name ?? '');
  const ips = (Array.isArray(element.ips) ? element.ips : element.ips === undefined ? [] : [element.ips]).map(
    String,
  );
  // The prefix length of a pod's address is that of its network.
  const addresses = ips.map((ip) => ip.replace(/\/\d+$/, ''));
  const ip = addresses.find((address) => isIPv4(address));
  if (addresses.length > (ip === undefined ? 0 : 1))
    unsupported.push(`an interface has one IPv4 address: ${ips.join(', ')}`);
  return {
    name,
    ...(ip !== undefined && { ip }),
    ...(element.interface !== undefined && { interface: String(element.interface) }),
  };
}
