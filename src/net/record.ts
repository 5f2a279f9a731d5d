import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, OperationError } from '../sys/errors.ts';
import type { Files } from '../sys/files.ts';

export type NetworkType = 'bridge' | 'ptp';

/** A network as it stands in `networks/NAME.json`, written before its first kernel object is made. */
export interface NetworkRecord {
  readonly apiVersion: 'nslab/v1';
  readonly kind: 'Network';
  readonly name: string;
  readonly type: NetworkType;
  /** The bridge's device name; none for `ptp`, whose pods are routed. */
  readonly bridge?: string;
  readonly subnet: string;
  readonly gateway: string;
  readonly mtu: number;
  /** The nft table of this network. */
  readonly table: string;
  readonly ipMasq: boolean;
  /** The chain of another program's firewall in which two accept rules of ours stand. */
  readonly acceptedIn?: string;
  /** Made by the first pod that needed it: it goes with the last. */
  readonly onDemand: boolean;
  readonly bootId: string;
  /** False while it is being made: whoever finds it so, and not locked, takes it down. */
  readonly ready: boolean;
}

/** Where the records are, below the state directory. */
export function networksDirectory(root: string): string {
  return join(root, 'networks');
}

export function networkFile(root: string, name: string): string {
  return join(networksDirectory(root), `${name}.json`);
}

export function networkNames(root: string): string[] {
  try {
    const files = readdirSync(networksDirectory(root)).filter((file) => /^[a-z0-9].*\.json$/.test(file));
    return files.map((file) => file.slice(0, -'.json'.length)).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A network's record, or undefined when there is none. */
export function readNetwork(root: string, name: string): NetworkRecord | undefined {
  let text: string;
  try {
    text = readFileSync(networkFile(root, name), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as NetworkRecord;
  } catch (cause) {
    throw new OperationError(`the record of network "${name}" is damaged`, {
      cause,
      hint: `see ${networkFile(root, name)}`,
    });
  }
}

/** Removes what a writer that was killed before its rename(2) has left. Needs the networks' lock. */
export function sweepNetworkDrafts(files: Pick<Files, 'remove'>, root: string): void {
  const directory = networksDirectory(root);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) if (/\.\d+$/.test(name)) files.remove(join(directory, name));
}
