import { commandOutput } from '../../sys/command-output.ts';
import { parseToolJson } from '../../sys/tool-json.ts';
import { chainOf, clusterIPOf, serviceTable } from '../actions/service.ts';
import type { Row, TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { answerFrom, WGET } from './programs.ts';
import { readJsonInNetwork } from './read-json-in-network.ts';

/** In which network namespaces an interface has the address of a Service. */
export function clusterIPOwners(role: string, places: readonly string[]): TableScript {
  return {
    title: 'owners',
    read: (session) =>
      Promise.all(
        places.map(async (where): Promise<Row> => {
          const address = clusterIPOf(session, role);
          const links = await readJsonInNetwork<Link>(session, where, ['ip', '-j', '-4', 'address']);
          const owner = links.find(({ addr_info }) => addr_info.some(({ local }) => local === address));
          return { where, address, interface: owner?.ifname ?? null };
        }),
      ),
  };
}

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local: string }[];
}

/** Whether the address of a Service answers an echo request: this host would, within a fraction of a millisecond. */
export function clusterIPEcho(role: string, from: string): TableScript {
  return {
    title: 'pings',
    async read(session) {
      const address = clusterIPOf(session, role);
      const { status } = await session.exec(from, ['timeout', '0.5', 'busybox', 'ping', '-c', '1', address]);
      return [{ to: 'the ClusterIP', from, address, answered: status === 0 }];
    },
  };
}

/** The rules of a Service: which chain chooses, and where each of the others leads. */
export function serviceRules(role: string): TableScript {
  return {
    title: 'service-rules',
    async read(session) {
      const chain = chainOf(session, role);
      const choices = (await rulesOf(session)).flatMap((rule): Row[] => {
        const choice = rule.chain === chain ? find(rule, 'numgen') : undefined;
        return choice ? [{ chain, does: `numgen ${choice.mode} mod ${choice.mod}` }] : [];
      });
      const targets = (await targetsOf(session, role)).map(({ chain, address, port }) => ({
        chain,
        does: `dnat to ${address}:${port}`,
      }));
      return [...choices, ...targets];
    },
  };
}

/** The addresses that the rules of a Service lead to. */
export async function leadsTo(session: LabSession, role: string): Promise<string[]> {
  return (await targetsOf(session, role)).map(({ address }) => address);
}

async function targetsOf(session: LabSession, role: string) {
  const endpoints = `${chainOf(session, role).replace(/^service-/, 'endpoint-')}/`;
  return (await rulesOf(session)).flatMap((rule) => {
    const target = rule.chain.startsWith(endpoints) ? find(rule, 'dnat') : undefined;
    return target ? [{ chain: rule.chain, address: String(target.addr), port: Number(target.port) }] : [];
  });
}

/** What a Service's own rule counts while a client makes so many requests. */
export function counted(role: string, from: string, requests: number): TableScript {
  return {
    title: 'counted',
    async read(session) {
      const chain = chainOf(session, role);
      const before = await counterOf(session, chain);
      let answered = 0;
      for (let n = 0; n < requests; n++)
        if (await whoAnswers(session, from, `http://${clusterIPOf(session, role)}`)) answered++;
      return [{ chain, requests, answered, counted: (await counterOf(session, chain)) - before }];
    },
  };
}

/** Which source address a pod sees when it reaches itself by its Service. It asks until it is the one that is chosen. */
export function reachesItself(role: string, pod: string): TableScript {
  return {
    title: 'callers',
    async read(session) {
      const { address = null } = session.podOf(pod);
      const { gateway } = session.podOf(pod).inspect().network as { gateway?: string };
      for (let n = 0; n < MOST_TRIES; n++) {
        const answer = await whoAnswers(session, pod, `http://${clusterIPOf(session, role)}`);
        if (answer && answer.name !== pod) continue;
        return [{ from: pod, own: address, host: gateway ?? null, seen: answer?.saw ?? null }];
      }
      return [];
    },
  };
}

/** With two pods behind a Service, one of so many requests is certainly led to each. */
const MOST_TRIES = 50;

/** Which pod answers, and the source address that it saw. Undefined: no answer. */
async function whoAnswers(
  session: LabSession,
  from: string,
  base: string,
): Promise<{ readonly name: string; readonly saw: string } | undefined> {
  const text = await answerFrom(session, from, [...WGET, `${base}/cgi-bin/who`]);
  const [, name, saw] = /^(\S+) saw (?:\[::ffff:)?([\d.]+)/.exec(text ?? '') ?? [];
  return name === undefined || saw === undefined ? undefined : { name, saw };
}

interface Rule {
  readonly chain: string;
  readonly expr: readonly Readonly<Record<string, unknown>>[];
}

async function rulesOf(session: LabSession): Promise<Rule[]> {
  const text = await commandOutput('nft', ['-j', 'list', 'table', 'ip', serviceTable(session)]);
  const { nftables } = parseToolJson<{ nftables: readonly { readonly rule?: Rule }[] }>(text);
  return nftables.flatMap(({ rule }) => (rule ? [rule] : []));
}

/** A statement of a rule, or the key of its map. */
function find({ expr }: Rule, kind: 'numgen' | 'dnat'): Readonly<Record<string, unknown>> | undefined {
  for (const each of expr) {
    const key = (each.vmap as { readonly key?: Readonly<Record<string, unknown>> } | undefined)?.key;
    const found = each[kind] ?? key?.[kind];
    if (found) return found as Readonly<Record<string, unknown>>;
  }
  return undefined;
}

async function counterOf(session: LabSession, name: string): Promise<number> {
  const text = await commandOutput('nft', ['-j', 'list', 'counters', 'table', 'ip', serviceTable(session)]);
  const { nftables } = parseToolJson<{ nftables: readonly { readonly counter?: Counter }[] }>(text);
  return nftables.find(({ counter }) => counter?.name === name)?.counter?.packets ?? 0;
}

interface Counter {
  readonly name: string;
  readonly packets: number;
}
