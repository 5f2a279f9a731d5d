import { networkNames, readMaybeNetwork } from '../net/record.ts';
import type { Instance } from '../sys/instance.ts';
import { podNames, readMaybePod } from './store.ts';

/** What a state directory belongs to, by any one of its records: of a network if it has one, because networks are few. */
export function recordedInstance(root: string): Instance | undefined {
  const [network] = networkNames(root);
  const found = network === undefined ? undefined : readMaybeNetwork(root, network)?.instance;
  if (found) return found;
  const [pod] = podNames(root);
  return pod === undefined ? undefined : readMaybePod(root, pod)?.intent.instance;
}
