import { parseSubnet } from '../net/address.ts';
import { podsIn } from '../net/ipam.ts';
import { findNetwork, type NetworkRecord, networkNames, readNetwork } from '../net/record.ts';
import { unreachable } from '../pod/examine-state.ts';
import { openHost } from '../pod/host.ts';
import { dropNetwork, makeNetwork } from '../pod/make-network.ts';
import { json, listing, yaml } from '../render/output.ts';
import { checkName } from '../spec/names.ts';
import type { NetworkType } from '../spec/network-spec.ts';
import { InputError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import { Transcript } from '../transcript/transcript.ts';
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
  const session = await openChangingSession(globals, options);
  const spec = {
    name,
    type,
    ...(options.subnet !== undefined && { subnet: options.subnet }),
    ...(mtu !== undefined && { mtu }),
  };
  const { record } = await makeNetwork(session, spec);
  session.announce(record.name);
  return 0;
}

/** `nslab network rm N…`: removes networks. Refused while a pod uses one. */
export async function networkRemove(
  names: readonly string[],
  options: ChangeOptions,
  globals: GlobalOptions,
): Promise<number> {
  const session = await openChangingSession(globals, options);
  for (const name of names) {
    await dropNetwork(session, name);
    session.announce(name);
  }
  return 0;
}

/** `nslab network ls`: lists networks. */
export async function networkList(options: ListOptions, globals: GlobalOptions): Promise<number> {
  const form = listForm(options);
  const root = stateRoot(globals);
  const text = await listing<ListedNetwork>(
    {
      kind: 'NetworkList',
      items: networkNames(root).flatMap((name) => {
        const record = readRecord(root, name);
        return record ? [{ ...record, pods: podsIn(root, name) }] : [];
      }),
      name: ({ name }) => name,
      columns: [
        { head: 'NAME', cell: ({ name }) => name },
        { head: 'TYPE', cell: ({ type }) => type },
        { head: 'SUBNET', cell: ({ subnet = '-' }) => subnet },
        { head: 'GATEWAY', cell: ({ gateway = '-' }) => gateway },
        { head: 'BRIDGE', cell: ({ bridge }) => bridge ?? '-' },
        { head: 'PODS', cell: ({ pods }) => String(pods.length) },
        { head: 'MTU', wide: true, cell: ({ mtu = '-' }) => String(mtu) },
        { head: 'TABLE', wide: true, cell: ({ table = '-' }) => table },
      ],
    },
    form,
  );
  print(text);
  return 0;
}

type ListedNetwork = (NetworkRecord | DamagedRecord) & { readonly pods: readonly string[] };

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

/** `nslab network inspect N…`: prints records, as a list. */
export async function networkInspect(
  names: readonly string[],
  { output }: { output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(output ?? 'json', ['json', 'yaml']);
  const root = stateRoot(globals);
  const records = names.map((name) => findNetwork(root, name));
  const devices = await unreachableFrom(root);
  const items = records.map((record) => ({
    ...record,
    pods: podsIn(root, record.name),
    ...(devices && { unreachableBy: devices }),
  }));
  const document = { kind: 'NetworkList', items };
  print(format === 'json' ? json(document) : await yaml(document));
  return 0;
}

/** The devices of this host by which the pods are not reached; undefined where the kernel cannot be asked. */
async function unreachableFrom(root: string): Promise<string[] | undefined> {
  try {
    return await unreachable(await openHost(new Transcript(), () => {}), root);
  } catch {
    return undefined;
  }
}

function readType(text: string): NetworkType {
  if (text === 'bridge' || text === 'ptp') return text;
  throw new InputError(`no network type "${text}"`, { hint: 'bridge or ptp' });
}
