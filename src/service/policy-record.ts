import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Owner } from '../net/names.ts';
import type { NamespaceSpec, PolicySpec } from '../spec/policy-spec.ts';
import { directoryEntries } from '../sys/directory-entries.ts';
import { OperationError } from '../sys/errors.ts';
import { INSTANCE_SHAPE, type Instance } from '../sys/instance.ts';
import type { ProcessIdentity } from '../sys/procfs.ts';
import { readRecord, type Shape, UnusableFile } from '../sys/record-file.ts';

interface Kept {
  readonly uid: string;
  /** The `up` that has not let it go. If that is dead, it goes, too. */
  readonly maker?: ProcessIdentity;
}

/** A NetworkPolicy as it stands in `policies/NAMESPACE.NAME.json`. */
export interface PolicyRecord extends PolicySpec, Kept {
  readonly apiVersion: 'nslab/v1';
  readonly kind: 'NetworkPolicy';
  /** ISO 8601 */
  readonly createdAt: string;
}

/** The labels of a namespace, in `policies/@NAME.json`: no policy has such a name. */
export interface NamespaceRecord extends NamespaceSpec, Kept {
  readonly kind: 'Namespace';
}

/** `policies/.table.json`: what the policies of a state directory have in the kernel, written before it is made. */
export interface PolicyTableRecord {
  readonly uid: string;
  readonly instance: Instance;
  /** The nft table of all of them. */
  readonly table: string;
}

export function policiesDirectory(root: string): string {
  return join(root, 'policies');
}

type Named = Pick<PolicySpec, 'name' | 'namespace'> | Pick<NamespaceSpec, 'name'>;

export function policyFile(root: string, named: Named): string {
  const file = 'namespace' in named ? `${named.namespace}.${named.name}.json` : `@${named.name}.json`;
  return join(policiesDirectory(root), file);
}

export function policyTableFile(root: string): string {
  return join(policiesDirectory(root), '.table.json');
}

/** Whether there is any NetworkPolicy or labelled namespace, or what the last one has left, be it an empty directory. */
export function hasPolicies(root: string): boolean {
  return existsSync(policiesDirectory(root));
}

/** All NetworkPolicies, in the order of their files' names. Throws where a record is damaged. */
export function readPolicies(root: string): PolicyRecord[] {
  return readAll<PolicyRecord>(root, /^[a-z0-9].*\.json$/, POLICY_SHAPE);
}

export function readNamespaces(root: string): NamespaceRecord[] {
  return readAll<NamespaceRecord>(root, /^@.*\.json$/, NAMESPACE_SHAPE);
}

export function readPolicyTable(root: string): PolicyTableRecord | undefined {
  return read<PolicyTableRecord>(policyTableFile(root), TABLE_SHAPE);
}

/** The owner of the table. */
export function policyOwner({ instance, uid }: Pick<PolicyTableRecord, 'instance' | 'uid'>): Owner {
  return { instance: instance.id, uid, label: 'policies' };
}

function readAll<T>(root: string, names: RegExp, shape: Shape): T[] {
  const directory = policiesDirectory(root);
  const files = directoryEntries(directory).filter((file) => names.test(file));
  return files.sort().flatMap((file) => read<T>(join(directory, file), shape) ?? []);
}

function read<T>(path: string, shape: Shape): T | undefined {
  try {
    return readRecord<T>(path, shape);
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    throw new OperationError(`the record of a NetworkPolicy cannot be used: ${error.message} (${path})`, {
      cause: error,
      hint: `remove it, and bring the NetworkPolicy up again: rm ${path}`,
    });
  }
}

const KEPT_SHAPE: Shape = { name: 'string', uid: 'string', 'maker?': { pid: 'pid', startTime: 'count' } };

/** Without these, a file is no policy's. */
const POLICY_SHAPE: Shape = {
  ...KEPT_SHAPE,
  ...{ apiVersion: 'string', kind: 'string', namespace: 'string', createdAt: 'string' },
  ...{ podSelector: 'object', 'ingress?': 'list', 'egress?': 'list' },
};

const NAMESPACE_SHAPE: Shape = { ...KEPT_SHAPE, labels: 'object' };

const TABLE_SHAPE: Shape = { uid: 'string', instance: INSTANCE_SHAPE, table: 'string' };
