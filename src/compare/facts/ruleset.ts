/** One object of `nft -j list ruleset`. libnftables-json(5) */
export interface Listed {
  readonly chain?: {
    readonly family: string;
    readonly table: string;
    readonly name: string;
    readonly type?: string;
    readonly hook?: string;
  };
  readonly rule?: {
    readonly family: string;
    readonly table: string;
    readonly chain: string;
    readonly expr: readonly object[];
  };
  readonly map?: { readonly name: string; readonly elem?: unknown };
}

/** What a rule does with a packet in the end. A jump or a return does nothing by itself. */
const DEEDS = ['accept', 'drop', 'reject', 'masquerade', 'snat', 'dnat', 'redirect'];

/**
 * What is done, and at which hook, by the rules that speak of one of these names: `nat postrouting: masquerade`. A rule
 * speaks also by a map that has one; a rule of a chain that is jumped to counts at the hook where the packet came in.
 */
export function effectsOn(names: ReadonlySet<string>, listed: readonly Listed[]): string {
  const maps = listed.flatMap(({ map }) => (map && speaksOf(map.elem, names) ? [`@${map.name}`] : []));
  const meant = new Set([...names, ...maps]);
  const rules = listed.flatMap(({ rule }) => rule ?? []);
  const found = new Map<string, Set<string>>();
  for (const { chain } of listed) {
    if (!chain?.hook) continue;
    const hook = `${chain.type} ${chain.hook}`;
    for (const { expr } of reachedFrom(keyOf(chain.family, chain.table, chain.name), rules)) {
      if (!speaksOf(expr, meant)) continue;
      const effects = found.get(hook) ?? new Set();
      found.set(hook, effects);
      for (const effect of effectsOf(expr)) effects.add(effect);
    }
  }
  const told = [...found].filter(([, effects]) => effects.size > 0);
  return (
    told
      .map(([hook, effects]) => `${hook}: ${[...effects].sort().join(', ')}`)
      .sort()
      .join('; ') || 'none'
  );
}

type Rule = NonNullable<Listed['rule']>;

/** The rules of a chain, and of those that it leads to. */
function reachedFrom(start: string, rules: readonly Rule[]): Rule[] {
  const [seen, waiting] = [new Set<string>(), [start]];
  const reached: Rule[] = [];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    for (const rule of rules) {
      if (keyOf(rule.family, rule.table, rule.chain) !== key) continue;
      reached.push(rule);
      for (const { jump, goto } of rule.expr as readonly Leading[]) {
        const target = (jump ?? goto)?.target;
        if (target !== undefined) waiting.push(keyOf(rule.family, rule.table, target));
      }
    }
  }
  return reached;
}

interface Leading {
  readonly jump?: { readonly target: string };
  readonly goto?: { readonly target: string };
}

function keyOf(family: string, table: string, chain: string): string {
  return `${family} ${table} ${chain}`;
}

/** iptables(8) brings targets of its own: `{ xt: { type: 'target', name: 'MASQUERADE' } }`. */
function effectsOf(expr: readonly object[]): string[] {
  const words = expr.flatMap((each) => {
    const { xt } = each as { xt?: { name?: string } };
    return xt ? [xt.name?.toLowerCase() ?? ''] : Object.keys(each);
  });
  return words.filter((word) => DEEDS.includes(word));
}

/** Whether one of the names stands anywhere in it. */
function speaksOf(value: unknown, names: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return names.has(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((each) => speaksOf(each, names));
}
