/** What these renderers draw: as much of the wiring of network namespaces (observe/wiring.ts) as a picture shows. */
export interface Wiring {
  readonly places: readonly Place[];
  readonly cables: readonly Cable[];
}

export interface Place {
  readonly inode: number;
  readonly label: string;
  readonly whose: readonly { readonly by: string }[];
  readonly inside: readonly string[];
  readonly interfaces: readonly Interface[];
  readonly nat: readonly string[];
}

export interface Interface {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly up: boolean;
  readonly addresses: readonly string[];
  readonly master: string | null;
  readonly detail: string | null;
  readonly peer: End | 'unreachable' | null;
}

export interface End {
  readonly inode: number;
  readonly index: number;
  readonly name: string;
}

export interface Cable {
  readonly kind: string;
  readonly ends: readonly [End, End];
}

/** An interface with those that are its ports, in the order of their indices. */
export interface Branch {
  readonly top: Interface;
  readonly ports: readonly Interface[];
}

/** The interfaces of a place, bridges with their ports below them. */
export function branches({ interfaces }: Place): Branch[] {
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

/** The same for a picture, which has no room for more words where a cable ends. */
export function remarkOn(face: Interface): string {
  return [qualities(face), face.peer === 'unreachable' ? 'other end out of sight' : '']
    .filter(Boolean)
    .join(', ');
}

/** In a picture, what every interface has by itself is noise: the text and JSON forms show it. */
export function addressesOf({ addresses }: Interface): string[] {
  return addresses.filter((address) => !/^(fe[89ab].:|::1\/)/i.test(address));
}
