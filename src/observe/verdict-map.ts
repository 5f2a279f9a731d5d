import type { NftObject } from '../net/nft.ts';

// Where a verdict map leads a packet: kube-proxy's way to a Service. An element names a chain, that chain chooses one of several
// by chance (numgen), and each of those has one address.

/** A key of a verdict map, and the addresses of which its packets get one. */
export interface Choice {
  readonly key: unknown;
  /** `web`, `web.shop`, where the chain's name says for which Service it is. */
  readonly service: string | undefined;
  readonly targets: readonly ChoiceTarget[];
  /** How many packets the chain has counted, where it has a counter of its name. */
  readonly counted: number | undefined;
}

export interface ChoiceTarget {
  readonly addr?: unknown;
  readonly port?: unknown;
  /** How many packets its own chain has counted, where it has a counter of its name. */
  readonly counted: number | undefined;
}

export interface Choices {
  readonly choices: readonly Choice[];
  /** Whether a rule is part of such a choice, and says nothing by itself. */
  isPart(rule: Readonly<Record<string, unknown>>): boolean;
}

type Statement = Readonly<Record<string, unknown>>;

/** What all verdict maps of a ruleset lead to. */
export function readChoices(ruleset: readonly NftObject[]): Choices {
  const chains = new Map<string, Statement[]>();
  const counters = new Map<string, number>();
  for (const { rule, counter } of ruleset) {
    if (rule)
      chains.set(placeOf(rule, rule.chain), [
        ...(chains.get(placeOf(rule, rule.chain)) ?? []),
        ...(rule.expr as Statement[]),
      ]);
    if (counter) counters.set(placeOf(counter, counter.name), Number(counter.packets));
  }
  const parts = new Set<string>();
  const follow = (owner: Readonly<Record<string, unknown>>, chain: unknown, depth = 0): Choice['targets'] => {
    const place = placeOf(owner, chain);
    const found = (chains.get(place) ?? []).flatMap((statement): Choice['targets'] => {
      const { dnat } = statement as { dnat?: ChoiceTarget };
      if (dnat) return [{ ...dnat, counted: counters.get(place) }];
      return depth > DEEPEST ? [] : chainsIn(statement).flatMap((next) => follow(owner, next, depth + 1));
    });
    if (found.length > 0) parts.add(place);
    return found;
  };
  const choices = ruleset.flatMap(({ map }) => {
    const elements = (map?.map === 'verdict' ? (map.elem ?? []) : []) as [unknown, Statement][];
    return elements.flatMap(([key, verdict]): Choice[] => {
      const [chain] = chainsIn(verdict);
      const targets = map && chain !== undefined ? follow(map, chain) : [];
      // One that comes by a node port is counted by the chain behind.
      return targets.length === 0
        ? []
        : [{ key, service: serviceIn(chain), targets, counted: map && counters.get(placeOf(map, chain)) }];
    });
  });
  return { choices, isPart: (rule) => parts.has(placeOf(rule, rule.chain)) };
}

/** Of kube-proxy's names: `service-default/web/tcp/80`, where a hash may stand before the namespace. */
function serviceIn(chain: unknown): string | undefined {
  const [, namespace, name] =
    /^(?:service|external)-(?:[A-Z0-9]{8}-)?([^/]+)\/([^/]+)\/(?:tcp|udp|sctp)\//.exec(String(chain)) ?? [];
  return namespace === 'default' ? name : name && `${name}.${namespace}`;
}

/** A packet passes three chains: that of a node port, that of the Service, that of its endpoint. */
const DEEPEST = 3;

/** The chains that a verdict, or a verdict map in a rule by a number of chance, leads to. */
function chainsIn({ goto, vmap }: Statement): unknown[] {
  const { target } = (goto ?? {}) as { target?: unknown };
  if (target !== undefined) return [target];
  const { key, data } = (vmap ?? {}) as {
    key?: { numgen?: unknown };
    data?: { set?: [unknown, Statement][] };
  };
  return key?.numgen ? (data?.set ?? []).flatMap(([, verdict]) => chainsIn(verdict)) : [];
}

function placeOf({ family, table }: Readonly<Record<string, unknown>>, name: unknown): string {
  return `${family} ${table} ${name}`;
}
