import * as c from '../constants.ts';
import * as n from '../nf-tables.ts';
import type { Message, NetlinkSocket } from './socket.ts';
import type { Writer } from './writer.ts';

/** The five hooks of netfilter, by their numbers. include/uapi/linux/netfilter.h: enum nf_inet_hooks; a bridge has the same. */
export const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;

export type Hook = (typeof HOOKS)[number];

export const FAMILIES = { ip: n.NFPROTO_IPV4, bridge: n.NFPROTO_BRIDGE } as const;

export type TracedFamily = keyof typeof FAMILIES;

/** Which packets are traced. */
export interface TracedPackets {
  /** Of the probe, and of answers that have its TOS. */
  readonly dscp: number;
  /** Of errors of ICMP about the probe: icmp_send() sets CS6 and keeps one bit of the TOS. net/ipv4/icmp.c */
  readonly errorDscp: number;
  /** Answers of TCP and UDP, which do not have its TOS, by the port that the probe comes from. */
  readonly answers: { readonly protocol: number; readonly port: number } | undefined;
}

/** Before everything else in a hook; before what this table itself remarks; behind everything else. */
const PRIORITIES = { mark: -460, first: -450, last: 450 } as const;

/**
 * Makes a table in the namespace of a socket for NETLINK_NETFILTER that turns on the trace of some packets, and has an empty chain at
 * both ends of each hook: a packet that is seen by the first and not by the last was dropped in between. The socket owns the table: the
 * kernel removes it when that is closed, also by kill -9. nf_tables_api.c: nft_rcv_nl_event
 */
export function makeTraceTable(
  socket: NetlinkSocket,
  { name, family, packets }: { name: string; family: TracedFamily; packets: TracedPackets },
  shell: string,
): void {
  const chains = chainsOf();
  const messages = [
    message(n.NFT_MSG_NEWTABLE, family, c.NLM_F_CREATE | c.NLM_F_EXCL, (write) => {
      write.text(c.NFTA_TABLE_NAME, name);
      write.u32be(n.NFTA_TABLE_FLAGS, n.NFT_TABLE_F_OWNER);
    }),
    ...chains.map(({ chain, hook, priority }) =>
      message(n.NFT_MSG_NEWCHAIN, family, c.NLM_F_CREATE, (write) => {
        write.text(c.NFTA_CHAIN_TABLE, name);
        write.text(c.NFTA_CHAIN_NAME, chain);
        write.nested(c.NFTA_CHAIN_HOOK, () => {
          write.u32be(c.NFTA_HOOK_HOOKNUM, HOOKS.indexOf(hook));
          write.u32be(n.NFTA_HOOK_PRIORITY, priority);
        });
        write.u32be(c.NFTA_CHAIN_POLICY, n.NF_ACCEPT);
        write.text(n.NFTA_CHAIN_TYPE, 'filter');
      }),
    ),
    ...chains
      .filter(({ priority }) => priority === PRIORITIES.mark)
      .flatMap(({ chain }) => rules(packets).map(({ body }) => rule(family, name, chain, body))),
  ];
  socket.transact(messages, {
    args: `{NFT_MSG_NEWTABLE ${family} ${name}, NFT_TABLE_F_OWNER}, ${chains.length} × NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE`,
    purpose: `marks the probe for the kernel's trace, at every ${family} hook; the table is this socket's, and goes with it`,
    equivalent: `${shell}nft -i <<'END'\n${tableText(name, family, packets)}END`,
  });
}

interface TraceChain {
  readonly chain: string;
  readonly hook: Hook;
  readonly priority: number;
}

/** `prerouting-mark`, `input-first`, `input-last` … */
function chainsOf(): TraceChain[] {
  return HOOKS.flatMap((hook) =>
    (Object.keys(PRIORITIES) as (keyof typeof PRIORITIES)[])
      .filter((place) => place !== 'mark' || hook === 'prerouting' || hook === 'output')
      .map((place) => ({ chain: `${hook}-${place}`, hook, priority: PRIORITIES[place] })),
  );
}

/** The rules twice: as expressions of the kernel's virtual machine, and as nft has them. */
function rules({ dscp, errorDscp, answers }: TracedPackets): { text: string; body: Message['body'] }[] {
  const byDscp = (value: number) => ({
    text: `ip dscp 0x${value.toString(16)}`,
    body: (write: Writer) => {
      loadMeta(write, n.NFT_META_PROTOCOL);
      compare(write, Buffer.from([8, 0]));
      load(write, n.NFT_PAYLOAD_NETWORK_HEADER, 1, 1);
      mask(write, 0xfc);
      compare(write, Buffer.from([value << 2]));
    },
  });
  const byPort = answers && {
    text: `meta l4proto ${answers.protocol} th dport ${answers.port}`,
    body: (write: Writer) => {
      loadMeta(write, n.NFT_META_L4PROTO);
      compare(write, Buffer.from([answers.protocol]));
      load(write, n.NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
      compare(write, Buffer.from([answers.port >> 8, answers.port & 0xff]));
    },
  };
  return [byDscp(dscp), byDscp(errorDscp), ...(byPort ? [byPort] : [])].map(({ text, body }) => ({
    text: `${text} meta nftrace set 1`,
    body: (write) => {
      body(write);
      setTrace(write);
    },
  }));
}

/** The same for a reader of the transcript. */
function tableText(name: string, family: TracedFamily, packets: TracedPackets): string {
  const lines = chainsOf().map(({ chain, hook, priority }) => {
    const body = priority === PRIORITIES.mark ? rules(packets).map(({ text }) => ` ${text};`) : [];
    return `  chain ${chain} { type filter hook ${hook} priority ${priority}; policy accept;${body.join('')} }\n`;
  });
  return `table ${family} ${name} {\n  flags owner\n${lines.join('')}}\n`;
}

function rule(family: TracedFamily, table: string, chain: string, body: Message['body']): Message {
  return message(n.NFT_MSG_NEWRULE, family, c.NLM_F_CREATE | c.NLM_F_APPEND, (write) => {
    write.text(n.NFTA_RULE_TABLE, table);
    write.text(n.NFTA_RULE_CHAIN, chain);
    write.nested(n.NFTA_RULE_EXPRESSIONS, () => body(write));
  });
}

function message(type: number, family: TracedFamily, flags: number, body: Message['body']): Message {
  return {
    type: (c.NFNL_SUBSYS_NFTABLES << 8) | type,
    flags,
    body: (write) => {
      // struct nfgenmsg
      write.fixed([1, FAMILIES[family]], [1, 0], [2, 0]);
      body(write);
    },
  };
}

function expression(write: Writer, name: string, data: () => void): void {
  write.nested(n.NFTA_LIST_ELEM, () => {
    write.text(n.NFTA_EXPR_NAME, name);
    write.nested(n.NFTA_EXPR_DATA, data);
  });
}

function load(write: Writer, base: number, offset: number, length: number): void {
  expression(write, 'payload', () => {
    write.u32be(n.NFTA_PAYLOAD_DREG, n.NFT_REG_1);
    write.u32be(n.NFTA_PAYLOAD_BASE, base);
    write.u32be(n.NFTA_PAYLOAD_OFFSET, offset);
    write.u32be(n.NFTA_PAYLOAD_LEN, length);
  });
}

function loadMeta(write: Writer, key: number): void {
  expression(write, 'meta', () => {
    write.u32be(n.NFTA_META_DREG, n.NFT_REG_1);
    write.u32be(n.NFTA_META_KEY, key);
  });
}

function mask(write: Writer, bits: number): void {
  expression(write, 'bitwise', () => {
    write.u32be(n.NFTA_BITWISE_SREG, n.NFT_REG_1);
    write.u32be(n.NFTA_BITWISE_DREG, n.NFT_REG_1);
    write.u32be(n.NFTA_BITWISE_LEN, 1);
    write.nested(n.NFTA_BITWISE_MASK, () => write.bytes(n.NFTA_DATA_VALUE, Buffer.from([bits])));
    write.nested(n.NFTA_BITWISE_XOR, () => write.bytes(n.NFTA_DATA_VALUE, Buffer.from([0])));
  });
}

function compare(write: Writer, value: Buffer): void {
  expression(write, 'cmp', () => {
    write.u32be(n.NFTA_CMP_SREG, n.NFT_REG_1);
    write.u32be(n.NFTA_CMP_OP, n.NFT_CMP_EQ);
    write.nested(n.NFTA_CMP_DATA, () => write.bytes(n.NFTA_DATA_VALUE, value));
  });
}

/** `meta nftrace set 1` */
function setTrace(write: Writer): void {
  expression(write, 'immediate', () => {
    write.u32be(n.NFTA_IMMEDIATE_DREG, n.NFT_REG_1);
    write.nested(n.NFTA_IMMEDIATE_DATA, () => write.bytes(n.NFTA_DATA_VALUE, Buffer.from([1])));
  });
  expression(write, 'meta', () => {
    write.u32be(n.NFTA_META_KEY, n.NFT_META_NFTRACE);
    write.u32be(n.NFTA_META_SREG, n.NFT_REG_1);
  });
}
