import type { Interface, MapNetns } from '../../spec/wiring.ts';

/** An interface with those that are its ports, in the order of their indices. */
export interface Branch {
  readonly top: Interface;
  readonly ports: readonly Interface[];
}

/** The interfaces of a network namespace, bridges with their ports below them. */
export function branches({ interfaces }: MapNetns): Branch[] {
  const names = new Set(interfaces.map(({ name }) => name));
  return interfaces
    .filter(({ master }) => master === null || !names.has(master))
    .map((top) => ({ top, ports: interfaces.filter(({ master }) => master === top.name) }));
}

/** What is said of an interface besides its name and addresses: `vxlan 42 to 10.0.0.9`, `bridge`, `down`. */
export function qualities({ kind, detail, up }: Interface): string {
  const plain = ['veth', 'loopback', 'ether'].includes(kind);
  return [plain ? '' : kind, detail ?? '', up ? '' : 'down'].filter(Boolean).join(' ');
}

/** The same for a picture, which has no room for more words where a link ends. */
export function remarkOn(face: Interface): string {
  return [qualities(face), face.peer === 'unreachable' ? 'other end out of sight' : '']
    .filter(Boolean)
    .join(', ');
}

/** In a picture, what every interface has by itself is noise: the text and JSON forms show it. */
export function addressesOf({ addresses }: Interface): string[] {
  return addresses.filter((address) => !/^(fe[89ab].:|::1\/)/i.test(address));
}
