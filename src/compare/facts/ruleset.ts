/** One object of `nft -j list ruleset`. libnftables-json(5) */
export interface RulesetObject {
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

/** Statements that decide about or change a packet. A jump or a return does neither. */
const EFFECTS = ['accept', 'drop', 'reject', 'masquerade', 'snat', 'dnat', 'redirect'];

/**
 * The effects, by hook, of the rules that mention one of these names: `nat postrouting: masquerade`. A rule also mentions
 * a name through a map that contains it; a rule of a chain that is jumped to counts at the hook of the base chain.
 */
export function effectsOn(names: ReadonlySet<string>, listed: readonly RulesetObject[]): string {
  const maps = listed.flatMap(({ map }) => (map && mentions(map.elem, names) ? [`@${map.name}`] : []));
  const wanted = new Set([...names, ...maps]);
  const rules = listed.flatMap(({ rule }) => rule ?? []);
  const found = new Map<string, Set<string>>();
  for (const { chain } of listed) {
    if (!chain?.hook) continue;
    const hook = `${chain.type} ${chain.hook}`;
    for (const { expr } of reachedFrom(keyOf(chain.family, chain.table, chain.name), rules)) {
      if (!mentions(expr, wanted)) continue;
      const effects = found.get(hook) ?? new Set();
      found.set(hook, effects);
      for (const effect of effectsOf(expr)) effects.add(effect);
    }
  }
  const effective = [...found].filter(([, effects]) => effects.size > 0);
  return (
    effective
      .map(([hook, effects]) => `${hook}: ${[...effects].sort().join(', ')}`)
      .sort()
      .join('; ') || 'none'
  );
}

type Rule = NonNullable<RulesetObject['rule']>;

/** The rules of a chain, and of the chains that it jumps to. */
function reachedFrom(start: string, rules: readonly Rule[]): Rule[] {
  const [seen, waiting] = [new Set<string>(), [start]];
  const reached: Rule[] = [];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    for (const rule of rules) {
      if (keyOf(rule.family, rule.table, rule.chain) !== key) continue;
      reached.push(rule);
      for (const { jump, goto } of rule.expr as readonly Jump[]) {
        const target = (jump ?? goto)?.target;
        if (target !== undefined) waiting.push(keyOf(rule.family, rule.table, target));
      }
    }
  }
  return reached;
}

interface Jump {
  readonly jump?: { readonly target: string };
  readonly goto?: { readonly target: string };
}

function keyOf(family: string, table: string, chain: string): string {
  return `${family} ${table} ${chain}`;
}

/** iptables-nft writes its targets as `{ xt: { type: 'target', name: 'MASQUERADE' } }`. */
function effectsOf(expr: readonly object[]): string[] {
  const words = expr.flatMap((each) => {
    const { xt } = each as { xt?: { name?: string } };
    return xt ? [xt.name?.toLowerCase() ?? ''] : Object.keys(each);
  });
  return words.filter((word) => EFFECTS.includes(word));
}

/** Whether one of the names occurs anywhere in the value. */
function mentions(value: unknown, names: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return names.has(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((each) => mentions(each, names));
}
