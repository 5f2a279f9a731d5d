import { parseSubnet } from '../net/address.ts';
import { leaseDirectory, leasesIn, readLease } from '../net/ipam.ts';
import { createNetwork, removeNetwork } from '../net/network.ts';
import { type NetworkRecord, networkNames, readNetwork, readRemains } from '../net/record.ts';
import { withNetworks } from '../pod/networks-lock.ts';
import { json, listing, yaml } from '../render/output.ts';
import { checkName } from '../spec/names.ts';
import type { NetworkType } from '../spec/network-spec.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import { checkFormat, type ListOptions, listForm } from './output-format.ts';
import { print } from './print.ts';
import { type ChangeOptions, openChangingSession } from './session.ts';

export interface NetworkCreateOptions extends ChangeOptions {
  readonly type?: string;
  readonly subnet?: string;
  readonly mtu?: string;
}

/** `nslab network create N`: creates a network. It stays until `network rm`. */
export async function networkCreate(
  name: string,
  options: NetworkCreateOptions,
  globals: GlobalOptions,
): Promise<number> {
  checkName('network', name);
  const type = readType(options.type ?? 'bridge');
  if (options.subnet !== undefined) parseSubnet(options.subnet);
  const mtu = options.mtu === undefined ? undefined : readNumber('--mtu', options.mtu, 'mtu');
  const { host, root, announce } = await openChangingSession(globals, options);
  host.transcript.step = 'network';
  const spec = {
    name,
    type,
    ...(options.subnet !== undefined && { subnet: options.subnet }),
    ...(mtu !== undefined && { mtu }),
  };
  const record = await withNetworks(host, root, async () => {
    const made = await createNetwork(host, root, spec);
    try {
      await host.interrupts.heed();
    } catch (error) {
      await removeNetwork(host, root, made);
      throw error;
    }
    return made;
  });
  announce(record.name);
  return 0;
}

/** `nslab network rm N…`: removes networks. Refused while a pod uses one. */
export async function networkRemove(
  names: readonly string[],
  options: ChangeOptions,
  globals: GlobalOptions,
): Promise<number> {
  const { host, root, announce } = await openChangingSession(globals, options);
  for (const name of names) {
    await withNetworks(host, root, async () => {
      const record = readRemains(root, name, host.instance(root)) ?? findRecord(root, name);
      const pods = podsIn(root, name);
      if (pods.length > 0) {
        throw new OperationError(`network "${name}" is in use by ${pods.join(', ')}`, {
          hint: 'take these pods down first',
        });
      }
      await removeNetwork(host, root, record);
    });
    announce(name);
  }
  return 0;
}

/** `nslab network ls`: lists networks. */
export async function networkList(options: ListOptions, globals: GlobalOptions): Promise<number> {
  const form = listForm(options);
  const root = stateRoot(globals);
  const text = await listing<NetworkRecord | DamagedRecord>(
    {
      kind: 'NetworkList',
      items: networkNames(root).flatMap((name) => readRecord(root, name) ?? []),
      name: ({ name }) => name,
      columns: [
        { head: 'NAME', cell: ({ name }) => name },
        { head: 'TYPE', cell: ({ type }) => type },
        { head: 'SUBNET', cell: ({ subnet = '-' }) => subnet },
        { head: 'GATEWAY', cell: ({ gateway = '-' }) => gateway },
        { head: 'BRIDGE', cell: ({ bridge }) => bridge ?? '-' },
        { head: 'PODS', cell: ({ name }) => String(podsIn(root, name).length) },
        { head: 'MTU', wide: true, cell: ({ mtu = '-' }) => String(mtu) },
        { head: 'TABLE', wide: true, cell: ({ table = '-' }) => table },
      ],
    },
    form,
  );
  print(text);
  return 0;
}

/** A network with a damaged record. It is listed too, so that the damage is visible. */
type DamagedRecord = Pick<NetworkRecord, 'name'> & { readonly type: string } & {
  readonly [Field in 'subnet' | 'gateway' | 'bridge' | 'mtu' | 'table']?: undefined;
};

function readRecord(root: string, name: string): NetworkRecord | DamagedRecord | undefined {
  try {
    return readNetwork(root, name);
  } catch (error) {
    return { name, type: `unknown (${(error as Error).message})` };
  }
}

/** `nslab network inspect N…`: prints records, as an array. */
export async function networkInspect(
  names: readonly string[],
  { output }: { output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(output ?? 'json', ['json', 'yaml']);
  const root = stateRoot(globals);
  const documents = names.map((name) => ({ ...findRecord(root, name), pods: podsIn(root, name) }));
  print(format === 'json' ? json(documents) : await yaml(documents));
  return 0;
}

function findRecord(root: string, name: string): NetworkRecord {
  const record = readNetwork(root, name);
  if (record) return record;
  throw new OperationError(`no network "${name}"`, { hint: 'see `nslab network ls`' });
}

function podsIn(root: string, network: string): string[] {
  const directory = leaseDirectory(root, network);
  return leasesIn(directory).flatMap((address) => readLease(directory, address)?.pod ?? []);
}

function readType(text: string): NetworkType {
  if (text === 'bridge' || text === 'ptp') return text;
  throw new InputError(`no network type "${text}"`, { hint: 'bridge or ptp' });
}
