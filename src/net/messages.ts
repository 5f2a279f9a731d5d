import * as c from '../sys/constants.ts';
import type { Message } from '../sys/netlink/socket.ts';
import type { Writer } from '../sys/netlink/writer.ts';
import type { Operation, Rows } from './operations.ts';

/** The table of operations a second time: each as the message that rtnetlink(7) takes. `indexOf` a link asks the kernel. */
type Table = {
  readonly [Name in keyof Rows]: (row: Rows[Name], indexOf: (name: string) => number) => Message;
};

/** The message for one operation. */
export function messageOf(operation: Operation, indexOf: (name: string) => number): Message {
  const row = messages[operation.do] as (operation: Operation, indexOf: (name: string) => number) => Message;
  return row(operation, indexOf);
}

/** What makes a link: nothing may follow before it is known to have worked, or what follows would be done to another's. */
export function creates({ do: name }: Operation): boolean {
  return name === 'addBridge' || name === 'addVeth';
}

const NEW = c.NLM_F_CREATE | c.NLM_F_EXCL;

const messages: Table = {
  addBridge: ({ name, mac, mtu, group }) =>
    link(c.RTM_NEWLINK, NEW, {}, (write) => {
      write.text(c.IFLA_IFNAME, name);
      write.bytes(c.IFLA_ADDRESS, macBytes(mac));
      write.u32(c.IFLA_MTU, mtu);
      write.u32(c.IFLA_GROUP, group);
      write.nested(c.IFLA_LINKINFO, () => write.text(c.IFLA_INFO_KIND, 'bridge'));
    }),
  addVeth: ({ name, peer, peerMac, peerNetnsOf, mtu, group }) =>
    link(c.RTM_NEWLINK, NEW, {}, (write) => {
      const end = (name: string) => {
        write.text(c.IFLA_IFNAME, name);
        write.u32(c.IFLA_MTU, mtu);
        write.u32(c.IFLA_NUM_TX_QUEUES, 1);
        write.u32(c.IFLA_NUM_RX_QUEUES, 1);
      };
      end(name);
      write.u32(c.IFLA_GROUP, group);
      write.nested(c.IFLA_LINKINFO, () => {
        write.text(c.IFLA_INFO_KIND, 'veth');
        write.nested(c.IFLA_INFO_DATA, () =>
          write.nested(c.VETH_INFO_PEER, () => {
            ifinfomsg(write, {});
            end(peer);
            write.bytes(c.IFLA_ADDRESS, macBytes(peerMac));
            write.u32(c.IFLA_NET_NS_PID, peerNetnsOf);
          }),
        );
      });
    }),
  setAlias: ({ name, alias }) => set(name, (write) => write.bytes(c.IFLA_IFALIAS, Buffer.from(alias))),
  setNoAutoAddress: ({ name }) =>
    set(name, (write) =>
      write.nested(c.IFLA_AF_SPEC, () =>
        write.nested(c.AF_INET6, () => write.u8(c.IFLA_INET6_ADDR_GEN_MODE, c.IN6_ADDR_GEN_MODE_NONE)),
      ),
    ),
  setMaster: ({ name, master }, indexOf) => {
    const index = indexOf(master);
    return set(name, (write) => write.u32(c.IFLA_MASTER, index));
  },
  setHairpin: ({ name }) =>
    set(name, (write) =>
      write.nested(c.IFLA_LINKINFO, () => {
        write.text(c.IFLA_INFO_SLAVE_KIND, 'bridge');
        write.nested(c.IFLA_INFO_SLAVE_DATA, () => write.u8(c.IFLA_BRPORT_MODE, 1));
      }),
    ),
  setUp: ({ name }) =>
    link(c.RTM_NEWLINK, 0, { flags: c.IFF_UP, change: c.IFF_UP }, (write) => write.text(c.IFLA_IFNAME, name)),
  addAddress: ({ name, cidr }, indexOf) => {
    const [address, prefix] = split(cidr);
    const index = indexOf(name);
    return {
      type: c.RTM_NEWADDR,
      flags: NEW,
      body: (write) => {
        // struct ifaddrmsg: family, prefix length, flags, scope, index
        write.fixed([1, c.AF_INET], [1, prefix], [1, 0], [1, c.RT_SCOPE_UNIVERSE], [4, index]);
        write.bytes(c.IFA_LOCAL, address);
        write.bytes(c.IFA_ADDRESS, address);
      },
    };
  },
  addLinkRoute: ({ destination, name }, indexOf) => {
    const [address, prefix] = split(destination);
    return route(indexOf(name), { prefix, scope: c.RT_SCOPE_LINK }, (write) =>
      write.bytes(c.RTA_DST, address),
    );
  },
  addRoute: ({ destination, gateway, name }, indexOf) => {
    const [address, prefix] = split(destination);
    return route(indexOf(name), { prefix, scope: c.RT_SCOPE_UNIVERSE }, (write) => {
      write.bytes(c.RTA_DST, address);
      write.bytes(c.RTA_GATEWAY, addressBytes(gateway));
    });
  },
  setFirstRoute: ({ destination, name }, indexOf) => {
    const [address, prefix] = split(destination);
    const fields = { prefix, scope: c.RT_SCOPE_LINK, table: c.RT_TABLE_LOCAL };
    const message = route(indexOf(name), fields, (write) => write.bytes(c.RTA_DST, address));
    return { ...message, flags: c.NLM_F_CREATE | c.NLM_F_REPLACE };
  },
  addDefaultRoute: ({ gateway, name }, indexOf) =>
    route(indexOf(name), { prefix: 0, scope: c.RT_SCOPE_UNIVERSE }, (write) =>
      write.bytes(c.RTA_GATEWAY, addressBytes(gateway)),
    ),
  deleteLink: ({ name }) => link(c.RTM_DELLINK, 0, {}, (write) => write.text(c.IFLA_IFNAME, name)),
  setGroup: ({ name, group }) => set(name, (write) => write.u32(c.IFLA_GROUP, group)),
  deleteGroup: ({ group }) => link(c.RTM_DELLINK, 0, {}, (write) => write.u32(c.IFLA_GROUP, group)),
};

interface LinkFields {
  readonly flags?: number;
  readonly change?: number;
}

function link(type: number, flags: number, fields: LinkFields, attributes: (write: Writer) => void): Message {
  return {
    type,
    flags,
    body: (write) => {
      ifinfomsg(write, fields);
      attributes(write);
    },
  };
}

/** A change to a link that is there, by its name. */
function set(name: string, attributes: (write: Writer) => void): Message {
  return link(c.RTM_NEWLINK, 0, {}, (write) => {
    write.text(c.IFLA_IFNAME, name);
    attributes(write);
  });
}

/** struct ifinfomsg: family, padding, type, index, flags, and which of these are to be changed. */
export function ifinfomsg(write: Writer, { flags = 0, change = 0 }: LinkFields): void {
  write.fixed([1, c.AF_UNSPEC], [1, 0], [2, 0], [4, 0], [4, flags], [4, change]);
}

interface RouteFields {
  readonly prefix: number;
  readonly scope: number;
  readonly table?: number;
}

/** struct rtmsg: family, destination's and source's length, TOS, table, protocol, scope, type, flags. */
function route(
  device: number,
  { prefix, scope, table = c.RT_TABLE_MAIN }: RouteFields,
  attributes: (write: Writer) => void,
): Message {
  return {
    type: c.RTM_NEWROUTE,
    flags: NEW,
    body: (write) => {
      write.fixed([1, c.AF_INET], [1, prefix], [1, 0], [1, 0]);
      write.fixed([1, table], [1, c.RTPROT_BOOT], [1, scope], [1, c.RTN_UNICAST], [4, 0]);
      attributes(write);
      write.u32(c.RTA_OIF, device);
    },
  };
}

function split(cidr: string): [address: Uint8Array, prefix: number] {
  const [address = '', prefix = '32'] = cidr.split('/');
  return [addressBytes(address), Number(prefix)];
}

function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(address.split('.'), Number);
}

function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16));
}
