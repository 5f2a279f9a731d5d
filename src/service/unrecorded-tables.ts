import { ownerIn } from '../net/names.ts';
import { removeMarkedTables } from '../net/network.ts';
import type { Host } from '../pod/host.ts';
import { hasPolicies } from './policy-record.ts';
import { hasServices } from './record.ts';

/** Removes the tables of Services and NetworkPolicies whose records were removed by hand. Gives their names. */
export async function removeUnrecordedTables(host: Host, root: string): Promise<string[]> {
  const { id } = host.instance(root);
  return removeMarkedTables(host, (comment) => {
    const owner = ownerIn(comment);
    if (owner?.instance !== id) return false;
    return (
      (owner.label === 'services' && !hasServices(root)) || (owner.label === 'policies' && !hasPolicies(root))
    );
  });
}
