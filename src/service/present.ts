import { bearsMark, type Owner } from '../net/names.ts';
import type { Host } from '../pod/host.ts';

/** Names of what the kernel has in a table of ours, by kind. */
export interface Present {
  readonly chains: ReadonlySet<string>;
  readonly sets: ReadonlySet<string>;
  readonly counters: ReadonlySet<string>;
}

export const NOTHING: Present = { chains: new Set(), sets: new Set(), counters: new Set() };

/** What the table has; undefined where it is not there, as before the first sync and after another program has flushed it. */
export async function presentIn(host: Host, table: string, owner: Owner): Promise<Present | undefined> {
  const tables = await host.net.tables();
  if (!tables.some(({ name, comment }) => name === table && bearsMark(comment, owner))) return undefined;
  const objects = await host.nft.list(
    `which rules of ${owner.label === 'services' ? 'Services' : 'NetworkPolicies'} are there`,
    ...['table', 'ip', table],
  );
  const names = (kind: string) =>
    new Set(objects.flatMap((object) => (object[kind] ? [String(object[kind]?.name)] : [])));
  return { chains: names('chain'), sets: names('set'), counters: names('counter') };
}
