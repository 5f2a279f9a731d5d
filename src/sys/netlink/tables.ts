import * as c from '../constants.ts';
import type { Message, NetlinkSocket } from './socket.ts';

/**
 * How many tables of nftables there are in the namespace of a socket for NETLINK_NETFILTER. Throws when the kernel does not
 * tell us. Equivalent to: `nft list tables | wc -l`
 */
export function countTables(socket: NetlinkSocket, equivalent: string): number {
  const message: Message = {
    type: (c.NFNL_SUBSYS_NFTABLES << 8) | c.NFT_MSG_GETTABLE,
    flags: 0,
    asks: 'all',
    // struct nfgenmsg: family, version, and a number that asks nothing here
    body: (write) => write.fixed([1, c.AF_UNSPEC], [1, 0], [2, 0]),
  };
  return socket.ask(message, { args: '{NFT_MSG_GETTABLE, NLM_F_DUMP}', equivalent }).length;
}
