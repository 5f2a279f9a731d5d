import type { End, Interface, MapNetns, Wiring } from '../../src/spec/wiring.ts';

/** A wiring to draw: a host with a bridge and `count` pods, two namespaces in a row behind the uplink, and one alone. */
export function picture(count: number): Wiring {
  const pods = Array.from({ length: count }, (_, at) => pod(at + 1));
  const uplink = veth(2, 'uplink', ['203.0.113.2/24'], { inode: 500, index: 2, name: 'downlink' });
  const host: MapNetns = {
    inode: 100,
    label: 'this host',
    whose: [{ by: 'host', name: 'this host' }],
    inside: [],
    interfaces: [
      LO,
      uplink,
      { ...LO, index: 3, name: 'nslab0', kind: 'bridge', addresses: ['10.244.0.1/16'] },
      ...pods.map(({ inode }, at) => ({
        ...veth(10 + at, `nsvport${at + 1}`, [], { inode, index: 2, name: 'eth0' }),
        master: 'nslab0',
      })),
      {
        ...LO,
        index: 4,
        name: 'vx0',
        kind: 'vxlan',
        up: false,
        addresses: [],
        detail: '42 to 203.0.113.9 port 4789 over uplink',
      },
    ],
    nat: ['tcp port 8080, to this machine: dnat, destination becomes 10.244.0.2:80'],
  };
  const router: MapNetns = {
    ...{
      inode: 500,
      label: 'netns out',
      whose: [{ by: 'netns', name: 'out' }],
      inside: ['only bind mount /run/netns/out'],
      nat: [],
    },
    interfaces: [
      LO,
      veth(2, 'downlink', ['203.0.113.1/24'], { inode: 100, index: 2, name: 'uplink' }),
      veth(3, 'far', [], { inode: 600, index: 2, name: 'near' }),
    ],
  };
  const behind: MapNetns = {
    ...{ inode: 600, label: 'net:[600]', whose: [], inside: ['sleep infinity', '1 more'], nat: [] },
    interfaces: [LO, veth(2, 'near', ['fd00::2/64', 'fe80::1/64'], { inode: 500, index: 3, name: 'far' })],
  };
  const alone: MapNetns = {
    ...{
      inode: 700,
      label: 'docker db',
      whose: [{ by: 'docker', name: 'db' }],
      inside: ['postgres'],
      nat: [],
    },
    interfaces: [LO, { ...veth(2, 'eth0', ['172.17.0.2/16'], null), peer: 'unreachable' }],
  };
  const namespaces = [host, ...pods, router, behind, alone];
  return { places: namespaces, cables: linksOf(namespaces), unseen: [] };
}

const LO: Interface = {
  ...{ index: 1, name: 'lo', kind: 'loopback', up: true, addresses: ['127.0.0.1/8'] },
  ...{ mac: null, mtu: 1500, master: null, detail: null, peer: null },
};

function veth(index: number, name: string, addresses: readonly string[], peer: End | null): Interface {
  return { ...LO, index, name, kind: 'veth', addresses, peer };
}

function pod(number: number): MapNetns {
  const peer = { inode: 100, index: 9 + number, name: `nsvport${number}` };
  return {
    inode: 200 + number,
    label: `pod web-${number}`,
    whose: [{ by: 'pod', name: `web-${number}` }],
    inside: ['pause', 'nginx', 'busybox'],
    interfaces: [LO, veth(2, 'eth0', [`10.244.0.${number + 1}/16`], peer)],
    nat: [],
  };
}

function linksOf(namespaces: readonly MapNetns[]): Wiring['cables'] {
  return namespaces.flatMap(({ inode, interfaces }) =>
    interfaces.flatMap(({ index, name, kind, peer }) =>
      peer !== null && peer !== 'unreachable' && inode < peer.inode
        ? [{ kind, ends: [{ inode, index, name }, peer] as const }]
        : [],
    ),
  );
}
