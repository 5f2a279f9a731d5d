import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BRIDGE_FILTER, filtersBridges } from '../net/bridge-filter.ts';
import { freeName } from '../net/choose.ts';
import { bearsMark, type KnownOwner } from '../net/names.ts';
import { removeMarkedTables } from '../net/network.ts';
import type { Host } from '../pod/host.ts';
import { refuseForeignState } from '../pod/lock-pod.ts';
import { asWork } from '../pod/unfinished.ts';
import { policyTitle } from '../spec/policy-spec.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import { isHere } from '../sys/instance.ts';
import { LockedDirectory } from '../sys/locked-directory.ts';
import { bootId, isRunning, readMaybe } from '../sys/procfs.ts';
import { unique } from '../sys/unique.ts';
import { isolatedBy, policyPods } from './policy-pods.ts';
import {
  hasPolicies,
  type PolicyTableRecord,
  policiesDirectory,
  policyFile,
  policyOwner,
  policyTableFile,
  readNamespaces,
  readPolicies,
  readPolicyTable,
} from './policy-record.ts';
import { type PolicyFacts, policyText } from './policy-rules.ts';
import { NOTHING, presentIn } from './present.ts';

/** Runs `body` with the policies' lock held: no sync of them runs meanwhile. */
export async function withPolicies<T>(host: Host, root: string, body: () => Promise<T>): Promise<T> {
  const directory = new LockedDirectory(root, 'policies', host.kernel, host.files);
  const here = () => {
    refuseForeignState(host, root);
    return body();
  };
  return asWork(host, root, () => directory.locked('exclusive', here));
}

/** Brings the rules of NetworkPolicies to what the records say. Costs nothing where there are none. */
export async function syncPolicies(host: Host, root: string): Promise<void> {
  if (hasPolicies(root)) await withPolicies(host, root, () => syncPoliciesLocked(host, root));
}

/** With the rules of NetworkPolicies: they are there before a pod's first packet, and refused where they would not hold. */
export function guarded(opened: Host): Host {
  const arrived = async (root: string) => {
    if (!hasPolicies(root)) return;
    refuseUnheld(host, root);
    await syncPolicies(host, root);
  };
  const host: Host = { ...opened, guard: { arrived, gone: (root) => syncPolicies(host, root) } };
  return host;
}

/** What the rules said last, as a hash. */
const LAST = '.rules';

/** The same for who has the lock. Twice is fine, and one that was killed is repeated by the next one. */
export async function syncPoliciesLocked(host: Host, root: string): Promise<void> {
  host.transcript.step = 'policy';
  sweep(host, root);
  const policies = readPolicies(root);
  const last = join(policiesDirectory(root), LAST);
  if (policies.length === 0) {
    await dropTable(host, root);
    host.files.remove(last);
    return;
  }
  const record = await ensureTable(host, root);
  const facts: PolicyFacts = { record, policies, namespaces: readNamespaces(root), pods: policyPods(root) };
  for (const line of unheld(host, facts)) host.warn(line);
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  const present = await presentIn(host, record.table, policyOwner(record));
  if (present && readMaybe(last) === hash) return;
  await host.nft.apply(policyText(facts, present ?? NOTHING), RULES);
  host.files.replace(last, hash);
}

const RULES =
  'one transaction: a packet to or from a pod that a NetworkPolicy isolates is dropped unless one of its policies allows it';

/** Removes what a killed `up` has not let go, all of another boot, and what a killed writer has left. */
function sweep({ files, instance }: Host, root: string): void {
  const directory = policiesDirectory(root);
  for (const name of directoryEntries(directory).filter((each) => /\.\d+$/.test(each)))
    files.remove(join(directory, name));
  const isStale = (readPolicyTable(root)?.instance.bootId ?? bootId()) !== instance(root).bootId;
  for (const kept of [...readPolicies(root), ...readNamespaces(root)])
    if (isStale || (kept.maker && !isRunning(kept.maker))) files.remove(policyFile(root, kept));
}

/** On record before it is in the kernel. Needs the policies' lock. */
async function ensureTable(host: Host, root: string): Promise<PolicyTableRecord> {
  const found = readPolicyTable(root);
  const instance = host.instance(root);
  if (found && isHere(found.instance, instance)) return found;
  host.nft.refuseUnable();
  const tables = await host.net.tables();
  const table = freeName('nslab_pol_', `${instance.id}/policies`, tables);
  const record: PolicyTableRecord = { uid: unique(), instance, table };
  host.files.replace(policyTableFile(root), JSON.stringify(record));
  return record;
}

/** The table goes with the last policy. Needs the policies' lock. */
async function dropTable(host: Host, root: string): Promise<void> {
  const record = readPolicyTable(root);
  const owner: KnownOwner = record
    ? policyOwner(record)
    : { instance: host.instance(root).id, label: 'policies' };
  await removeMarkedTables(host, (comment) => bearsMark(comment, owner));
  host.files.remove(policyTableFile(root));
}

/** Refuses what the kernel would not hold. Needs no lock: it only reads. */
export function refuseUnheld(host: Host, root: string): void {
  const [first] = unheld(host, { policies: readPolicies(root), pods: policyPods(root) });
  if (first !== undefined)
    throw new OperationError(first, {
      hint: `${BRIDGE_FILTER.replaceAll('/', '.')}=1 (sysctl -w) lets them pass nftables; or routed pods: nslab network create NAME --type ptp, and up --network NAME`,
    });
}

/** Frames between two ports of a bridge pass the forward hook with br_netfilter alone: without it a policy isolates no pod there. */
function unheld(host: Host, { policies, pods }: Pick<PolicyFacts, 'policies' | 'pods'>): string[] {
  if (filtersBridges(host)) return [];
  return policies.flatMap((policy) => {
    const [pod] = isolatedBy(policy, pods).filter(({ bridges }) => bridges.length > 0);
    if (!pod) return [];
    return [
      `NetworkPolicy ${policyTitle(policy)} would not hold: frames between pod "${pod.name}" and its neighbours on bridge ${pod.bridges[0]} do not pass nftables`,
    ];
  });
}
