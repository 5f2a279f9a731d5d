import { enter } from '../ns/window.ts';
import * as c from '../sys/constants.ts';
import { errnoWords, OperationError, SyscallError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { u32Of } from '../sys/netlink/reader.ts';
import { type CallDescription, NetlinkSocket } from '../sys/netlink/socket.ts';
import { askChains, askTables } from '../sys/netlink/tables.ts';
import type { Call } from '../transcript/transcript.ts';
import type { Driver, Inside } from './driver.ts';
import { addressesNow } from './evidence.ts';
import { creates, messageOf } from './messages.ts';
import {
  askLink,
  askLinks,
  askPolicyRules,
  askRoutes,
  type LinkAnswer,
  linkQuestion,
  OPERSTATES,
  toLink,
  toLinkAnswer,
} from './netlink-answers.ts';
import { describeOperations, type Operation, operationError } from './operations.ts';

/**
 * The second interpreter of the table: rtnetlink(7) through a socket of our own, one for this machine's namespace and,
 * while something is done inside, one for the pod's. No process is started, and nothing is waited for.
 */
export function openNetlink(kernel: Kernel): Driver {
  const home = homeSocket(kernel);
  return {
    name: 'netlink',

    async apply(operations, inside) {
      if (!inside) return applyTo(home, operations);
      const { fd } = inside;
      if (fd instanceof NetlinkSocket) return applyTo(fd, operations, inside);
      const socket = enter(kernel, { join: [['net', fd as number]] }, () => NetlinkSocket.open(kernel));
      try {
        applyTo(socket, operations, inside);
      } finally {
        socket.close();
      }
    },

    openNetnsSocket: () => NetlinkSocket.open(kernel),

    links: async () => askLinks(home).map(toLink),
    link: async (name) => [askLink(home, name)].flatMap((found) => (found ? toLink(found) : []))[0],
    routes: async () => {
      const names = new Map(askLinks(home).map(({ index, name }) => [index, name]));
      return askRoutes(home, names);
    },
    hasPolicyRules: async () => askPolicyRules(home),
    tables: async () => asksNetfilter(kernel, askTables),
    chains: async () =>
      asksNetfilter(kernel, askChains).map(({ family, table, name, hook, policy }) => ({
        family,
        table,
        name,
        seesForwarded: hook === c.NF_INET_FORWARD,
        dropsForwarded: hook === c.NF_INET_FORWARD && policy === c.NF_DROP,
      })),
  };
}

/** A question to netfilter, which has a family of sockets of its own. */
function asksNetfilter<T>(kernel: Kernel, ask: (socket: NetlinkSocket) => T): T {
  const socket = NetlinkSocket.open(kernel, 'NETLINK_NETFILTER');
  try {
    return ask(socket);
  } catch (cause) {
    if (!(cause instanceof SyscallError)) throw cause;
    const hint = 'this kernel may lack nf_tables: `nslab doctor` says';
    throw new OperationError(`nftables cannot be asked: ${cause.message}`, { hint, cause });
  } finally {
    socket.close();
  }
}

/** One for the whole process, which is at home whenever this is called. */
function homeSocket(kernel: Kernel): NetlinkSocket {
  opened ??= NetlinkSocket.open(kernel);
  return opened.lentTo(kernel);
}

let opened: NetlinkSocket | undefined;

/**
 * As many messages in one send(2) as may go together, and then the question for the link that was changed: what the
 * kernel says of it is the evidence.
 */
function applyTo(socket: NetlinkSocket, operations: readonly Operation[], inside?: Inside): void {
  const indexes = new Map<string, number>([['lo', LOOPBACK]]);
  const indexOf = (name: string) => {
    const index = indexes.get(name) ?? askLink(socket, name)?.index;
    if (index === undefined) {
      const missing = operations.find((each) => 'name' in each && each.name === name);
      throw operationError(missing, `Cannot find device "${name}"`, inside !== undefined);
    }
    indexes.set(name, index);
    return index;
  };
  const nameOf = (index: number) => [...indexes].find(([, each]) => each === index)?.[0] ?? `#${index}`;
  const all = parts(operations);
  for (const together of all) {
    const messages = together.map((operation) => messageOf(operation, indexOf));
    const names = inside || together !== all.at(-1) ? [] : namesIn(together).slice(0, FEW);
    const telling = { ...tell(together, inside, names.length), ...(inside && { inside: inside.pid }) };
    const { refusal } = socket.exchange([...messages, ...names.map(linkQuestion)], telling, (answers) => {
      if (inside) return addressesNow(inside.pid);
      const found = new Map(answers.map(toLinkAnswer).map((link) => [link.name, link]));
      return names.map((name) => describe(name, found.get(name), nameOf));
    });
    if (refusal) {
      const why = refusal.words ?? errnoWords(refusal.errno)[1];
      throw operationError(together[refusal.index], why, inside !== undefined);
    }
  }
}

/** Of so many links at most the evidence is asked: a pod has one. */
const FEW = 4;

/** The same words as linksNow uses. */
function describe(name: string, link: LinkAnswer | undefined, nameOf: (index: number) => string): string {
  if (!link) return `${name}: no such link`;
  const { index, attributes } = link;
  const number = (attribute: number) => u32Of(attributes.get(attribute));
  const [peer, master] = [number(c.IFLA_LINK), number(c.IFLA_MASTER)];
  const facts = [
    `ifindex ${index}`,
    ...(peer === undefined ? [] : [`peer's ifindex ${peer}`]),
    `mtu ${number(c.IFLA_MTU)}`,
    `state ${OPERSTATES[attributes.get(c.IFLA_OPERSTATE)?.readUInt8(0) ?? 0]}`,
    ...(master === undefined ? [] : [`master ${nameOf(master)}`]),
  ];
  return `${name}: ${facts.join(', ')}`;
}

/** The calls of a dry run: what would be sent. */
export function partCalls(operations: readonly Operation[], inside?: Inside): Call[] {
  return parts(operations).map((together) => ({
    channel: 'netlink',
    call: 'send',
    ...tell(together, inside),
    ...(inside && { inside: inside.pid }),
  }));
}

function tell(together: readonly Operation[], inside?: Inside, questions = 0): CallDescription {
  const types = together.map(({ do: name }) => TYPES[name] ?? 'RTM_NEWLINK');
  const asked = Array.from({ length: questions }, () => 'RTM_GETLINK');
  return { args: `[${[...types, ...asked].join(', ')}]`, ...describeOperations(together, inside) };
}

/** drivers/net/loopback.c makes it first in every namespace; include/linux/netdevice.h: LOOPBACK_IFINDEX */
const LOOPBACK = 1;

/** The type of each operation's message, where it is not RTM_NEWLINK. */
const TYPES: Readonly<Partial<Record<Operation['do'], string>>> = {
  addAddress: 'RTM_NEWADDR',
  addLinkRoute: 'RTM_NEWROUTE',
  addRoute: 'RTM_NEWROUTE',
  setFirstRoute: 'RTM_NEWROUTE',
  addDefaultRoute: 'RTM_NEWROUTE',
  deleteLink: 'RTM_DELLINK',
  deleteGroup: 'RTM_DELLINK',
};

/** So many messages fit into one buffer. */
const MOST = 100;

/**
 * What may go together. A message that makes a link goes alone: the kernel does not stop at a refusal, and what was meant
 * for the new link would be done to another one of its name.
 */
function parts(operations: readonly Operation[]): Operation[][] {
  const found: Operation[][] = [];
  for (const [index, operation] of operations.entries()) {
    const before = operations[index - 1];
    const last = found.at(-1);
    if (!last || !before || last.length === MOST || creates(operation) || creates(before))
      found.push([operation]);
    else last.push(operation);
  }
  return found;
}

function namesIn(operations: readonly Operation[]): string[] {
  return [...new Set(operations.flatMap((each) => ('name' in each ? each.name : [])))];
}
