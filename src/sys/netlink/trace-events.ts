import * as c from '../constants.ts';
import * as n from '../nf-tables.ts';
import { type Answer, readAttributes, textOf } from './reader.ts';

/** One message of the kernel's trace: what a chain has done to a packet. include/uapi/linux/netfilter/nf_tables.h: NFTA_TRACE_ */
export interface TraceEvent {
  /** The same for all messages about a packet within one chain and those that it jumps to. */
  readonly id: number;
  /** `ip`, `inet`, `bridge`: of the table. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** A rule that matched; else the end of a chain: its policy decides, or it returns. */
  readonly kind: 'rule' | 'policy' | 'return';
  readonly handle: string | undefined;
  /** NF_DROP, NF_ACCEPT …, negative for those of nf_tables itself: enum nft_verdicts. */
  readonly verdict: number | undefined;
  /** Only the first message of each base chain has them. */
  readonly network: Buffer | undefined;
  readonly transport: Buffer | undefined;
  readonly iif: number | undefined;
  readonly oif: number | undefined;
}

export function toTraceEvent({ type, body }: Answer): TraceEvent[] {
  if (type !== ((c.NFNL_SUBSYS_NFTABLES << 8) | n.NFT_MSG_TRACE)) return [];
  // sizeof(struct nfgenmsg)
  const attributes = readAttributes(body, 4);
  const number = (attribute: number) => attributes.get(attribute)?.readUInt32BE(0);
  const verdict = attributes.get(n.NFTA_TRACE_VERDICT);
  return [
    {
      id: number(n.NFTA_TRACE_ID) ?? 0,
      family: FAMILY_NAMES[body.readUInt8(0)] ?? 'ip',
      table: textOf(attributes.get(n.NFTA_TRACE_TABLE)) ?? '',
      chain: textOf(attributes.get(n.NFTA_TRACE_CHAIN)) ?? '',
      kind: KINDS[number(n.NFTA_TRACE_TYPE) ?? 0] ?? 'rule',
      handle: attributes.get(n.NFTA_TRACE_RULE_HANDLE)?.readBigUInt64BE(0).toString(),
      verdict: verdict
        ? readAttributes(verdict).get(n.NFTA_VERDICT_CODE)?.readInt32BE(0)
        : number(n.NFTA_TRACE_POLICY),
      network: attributes.get(n.NFTA_TRACE_NETWORK_HEADER),
      transport: attributes.get(n.NFTA_TRACE_TRANSPORT_HEADER),
      iif: number(n.NFTA_TRACE_IIF),
      oif: number(n.NFTA_TRACE_OIF),
    },
  ];
}

const FAMILY_NAMES: Readonly<Record<number, string>> = {
  [n.NFPROTO_INET]: 'inet',
  [n.NFPROTO_IPV4]: 'ip',
  [n.NFPROTO_BRIDGE]: 'bridge',
};

/** enum nft_trace_types */
const KINDS: Readonly<Record<number, TraceEvent['kind']>> = { 1: 'policy', 2: 'return', 3: 'rule' };
