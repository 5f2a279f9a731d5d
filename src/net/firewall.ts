import { readFileSync } from 'node:fs';
import { OperationError } from '../sys/errors.ts';
import type { Chain } from './driver.ts';
import { ownerIn } from './names.ts';
import type { NetHost } from './net-host.ts';
import type { NftObject } from './nft.ts';

/** A chain of another program that drops what is forwarded: accepting in a table of ours does not overrule it. */
export interface Barrier {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** The handle of its last rule, which drops all that came so far; undefined where its policy does. */
  readonly finalRule?: string;
  /** A table with an owner: the kernel lets no one else change it. */
  readonly isOwned: boolean;
  /** Whether rules of nslab stand in it, which let pods pass. */
  readonly isPassed: boolean;
}

/** The chains of other programs that see what is forwarded, and their policies: it changes when a firewall comes or goes. */
export async function forwardChains({
  net,
}: {
  readonly net: Pick<NetHost['net'], 'chains' | 'tables'>;
}): Promise<Chain[]> {
  const chains = (await net.chains()).filter(({ seesForwarded }) => seesForwarded);
  if (chains.length === 0) return [];
  const ours = new Set((await net.tables()).flatMap(({ name, comment }) => (ownerIn(comment) ? [name] : [])));
  return chains.filter(({ family, table }) => !(family === 'ip' && ours.has(table)));
}

/**
 * The barriers among these chains. Two patterns are known: the policy, and a last rule without a condition that drops or rejects,
 * also behind a jump without a condition. `nft` is asked only where there is a chain of another program.
 */
export async function findBarriers(
  { nft }: { readonly nft: Pick<NetHost['nft'], 'list'> },
  chains: readonly Pick<Chain, 'family' | 'table' | 'name'>[],
): Promise<Barrier[]> {
  if (chains.length === 0) {
    refuseLegacy();
    return [];
  }
  const objects = await nft.list('whether a firewall of this host drops forwarded packets', 'ruleset');
  return chains.flatMap(({ family, table, name }) => barrierIn(objects, { family, table, chain: name }));
}

type Place = Pick<Barrier, 'family' | 'table' | 'chain'>;

function barrierIn(objects: readonly NftObject[], place: Place): Barrier[] {
  const { family, table, chain } = place;
  const base = objects.find(
    ({ chain: each }) => each?.family === family && each.table === table && each.name === chain,
  )?.chain;
  const owner = objects.find(({ table: each }) => each?.family === family && each.name === table)?.table;
  const isOwned = [owner?.flags].flat().includes('owner');
  const rules = rulesOf(objects, place);
  const isPassed = rules.some(({ comment }) => ownerIn(comment) !== undefined);
  const last = rules.at(-1);
  if (last && isDropping(objects, place, last, new Set([chain])))
    return [{ ...place, isOwned, isPassed, finalRule: String(last.handle) }];
  return base?.policy === 'drop' ? [{ ...place, isOwned, isPassed }] : [];
}

type Rule = NonNullable<NftObject[string]>;

function rulesOf(objects: readonly NftObject[], { family, table, chain }: Place): Rule[] {
  return objects.flatMap(({ rule }) =>
    rule?.family === family && rule.table === table && rule.chain === chain ? [rule] : [],
  );
}

/** Whether a rule without a condition drops, by itself or at the end of the chain to which it leads. */
function isDropping(objects: readonly NftObject[], place: Place, rule: Rule, seen: Set<string>): boolean {
  const statements = ((rule.expr ?? []) as Readonly<Record<string, unknown>>[]).filter(
    (each) => !('counter' in each) && !('log' in each),
  );
  const [statement] = statements;
  if (statements.length !== 1 || !statement) return false;
  if ('drop' in statement || 'reject' in statement) return true;
  const { type, name } = (statement.xt ?? {}) as { type?: string; name?: string };
  if (type === 'target') return name === 'REJECT' || name === 'DROP';
  const { target } = (statement.jump ?? statement.goto ?? {}) as { target?: string };
  if (target === undefined || seen.has(target)) return false;
  const next = rulesOf(objects, { ...place, chain: target }).at(-1);
  return next !== undefined && isDropping(objects, place, next, new Set([...seen, target]));
}

/** The chain in words: `chain forward of table inet filter`. */
export function barrierName({ family, table, chain }: Place): string {
  return `chain ${chain} of table ${family} ${table}`;
}

/** Where a barrier is passed by agreement: in these chains other programs put their own rules, too. */
export function acceptedPlace(
  { family, table, chain }: Place,
  chains: readonly Pick<Chain, 'family' | 'table' | 'name'>[],
): string | undefined {
  if (family !== 'ip' || table !== 'filter' || chain !== 'FORWARD') return undefined;
  const isDockers = chains.some(
    (each) => each.family === 'ip' && each.table === 'filter' && each.name === 'DOCKER-USER',
  );
  return isDockers ? 'DOCKER-USER' : 'FORWARD';
}

/**
 * The two rules that let a subnet pass: directly before the last rule, or at the end where the policy drops, so that the rules of
 * the administrator win. For a person without a comment.
 */
export function openingLines(
  { family, table, chain, finalRule }: Barrier,
  subnet: string,
  comment?: string,
): string[] {
  const verb = finalRule === undefined ? 'add' : 'insert';
  const place = finalRule === undefined ? '' : ` position ${finalRule}`;
  const end = comment === undefined ? '' : ` comment "${comment}"`;
  return ['saddr', 'daddr'].map(
    (which) => `${verb} rule ${family} ${table} ${chain}${place} ip ${which} ${subnet} accept${end}`,
  );
}

/** The old iptables keeps its tables where nft cannot see them. Its FORWARD chain may drop, and we could not tell. */
function refuseLegacy(): void {
  let tables: string;
  try {
    tables = readFileSync('/proc/net/ip_tables_names', 'utf8');
  } catch {
    return;
  }
  if (tables.split('\n').includes('filter')) {
    throw new OperationError(
      'this host filters with iptables-legacy, whose rules nslab can neither see nor change',
      {
        hint: 'switch to the nftables one: update-alternatives --set iptables /usr/sbin/iptables-nft (and restart Docker)',
      },
    );
  }
}
