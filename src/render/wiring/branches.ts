import type { Interface, MapNetns } from '../../spec/wiring.ts';

/** An interface and its ports, in the order of their indices. */
export interface Branch {
  readonly top: Interface;
  readonly ports: readonly Interface[];
}

/** The interfaces of a network namespace, with ports below their bridge. */
export function branches({ interfaces }: MapNetns): Branch[] {
  const names = new Set(interfaces.map(({ name }) => name));
  return interfaces
    .filter(({ master }) => master === null || !names.has(master))
    .map((top) => ({ top, ports: interfaces.filter(({ master }) => master === top.name) }));
}

/** The remark beside an interface's name and addresses: `vxlan 42 to 10.0.0.9`, `bridge`, `down`. */
export function qualities({ kind, detail, up }: Interface): string {
  const plain = ['veth', 'loopback', 'ether'].includes(kind);
  return [plain ? '' : kind, detail ?? '', up ? '' : 'down'].filter(Boolean).join(' ');
}

/** The same for a picture, where an unreachable peer has no line. */
export function remarkOf(iface: Interface): string {
  return [qualities(iface), iface.peer === 'unreachable' ? 'peer in an unreachable namespace' : '']
    .filter(Boolean)
    .join(', ');
}
