import { type LocalAddresses, openLocalAddresses } from '../observe/local-addresses.ts';
import { addressesOf } from '../pod/record.ts';
import { type PodRecord, podNames, readPod } from '../pod/store.ts';
import { podState, readyOf, seePod, viewWorkload } from '../pod/view.ts';
import { isActive } from '../pod/workload-record.ts';
import { age } from '../render/age.ts';
import { listing } from '../render/output.ts';
import { type Palette, palette } from '../render/palette.ts';
import { type Membership, openMembership } from '../service/membership.ts';
import { splitName } from '../spec/names.ts';
import { type GlobalOptions, stateRoot } from './globals.ts';
import type { NamespaceOptions } from './namespace-option.ts';
import { type ListOptions, listForm } from './output-format.ts';
import { print } from './print.ts';
import { readPsFilter } from './ps-filter.ts';

/** A line of `ps`: a holder or a workload. */
interface Item {
  readonly pod: string;
  readonly name: string;
  readonly role: 'holder' | 'workload';
  readonly state: string;
  /** How many containers are ready, of how many; of a workload: 1/1 or 0/1. */
  readonly ready: string;
  readonly pid: number | null;
  readonly restarts: number;
  readonly createdAt: string;
  /** In its first network. */
  readonly address: string | null;
  readonly addresses: readonly string[];
  readonly command: readonly string[];
  /** Of the pod: the Services that it is behind, and the NetworkPolicies that isolate it. */
  readonly services: readonly string[];
  readonly policies: readonly string[];
}

type ItemOfPod = Omit<Item, keyof Membership>;

export interface PsOptions extends ListOptions, NamespaceOptions {
  readonly all?: boolean;
  readonly filter?: readonly string[];
}

/** `nslab ps [NAME…]`: lists holders and running workloads; with -a also those that have ended. */
export async function ps(
  names: readonly string[],
  options: PsOptions,
  globals: GlobalOptions,
): Promise<number> {
  const form = listForm(options);
  const root = stateRoot(globals);
  const filter = readPsFilter(root, names, options.filter ?? [], options);
  const all = filter.all || (options.all ?? false);
  const colors = palette(process.stdout, globals.color);
  const pods = podNames(root).map((name) => readOrDamaged(root, name));
  const local = openLocalAddresses();
  const membershipOf = openMembership(root);
  const text = await listing<Item>(
    {
      kind: 'ProcessList',
      items: pods
        .flatMap((pod) => ('damaged' in pod ? [pod.damaged] : itemsOf(pod, local, all)))
        .map((item) => ({ ...item, ...membershipOf(item.pod) }))
        .filter(filter.accepts),
      name: ({ pod, name, role }) => (role === 'holder' || pod === name ? pod : `${pod}/${name}`),
      columns: [
        { head: 'POD', cell: ({ pod }) => pod },
        { head: 'NAME', cell: ({ name }) => name },
        { head: 'READY', cell: ({ ready }) => ready },
        { head: 'STATE', cell: ({ state }) => ({ lines: [state], paint: colorOf(state, colors) }) },
        { head: 'PID', cell: ({ pid }) => (pid === null ? '-' : String(pid)) },
        { head: 'RESTARTS', cell: ({ restarts, role }) => (role === 'holder' ? '-' : String(restarts)) },
        { head: 'AGE', cell: ({ createdAt }) => (createdAt === '' ? '-' : age(createdAt)) },
        { head: 'ADDRESS', cell: ({ addresses }) => addresses.join(',') || '-' },
        { head: 'NAMESPACE', wide: true, cell: ({ pod }) => splitName(pod).namespace },
        { head: 'SERVICES', wide: true, cell: ({ services }) => services.join(',') || '-' },
        { head: 'POLICIES', wide: true, cell: ({ policies }) => policies.join(',') || '-' },
        { head: 'COMMAND', wide: true, cell: ({ command }) => command.join(' ') || '-' },
      ],
    },
    form,
  );
  print(text, form.format === 'table' || form.format === 'wide' ? colors : undefined);
  return 0;
}

function itemsOf(pod: PodRecord, local: LocalAddresses, all: boolean): ItemOfPod[] {
  const { intent, status } = pod;
  const base = { pod: intent.name, createdAt: intent.createdAt };
  const recorded = addressesOf(status);
  const seen = seePod(pod);
  const state = podState(pod, seen);
  const pid = status?.terminating ? null : (seen.holder?.pid ?? null);
  const holder = {
    ...base,
    name: 'pause',
    role: 'holder' as const,
    state,
    ready: readyOf(seen),
    pid,
    restarts: 0,
    ...addressesAt(pid, recorded, local),
    command: [],
  };
  const workloads = seen.workloads
    .filter((workload) => all || 'lost' in workload || isActive(workload))
    .map((workload): ItemOfPod => {
      if ('lost' in workload) return { ...base, ...UNKNOWN, name: workload.name, state: workload.lost };
      const view = viewWorkload(pod, workload);
      const { name, pid, restarts, command } = view;
      const createdAt = view.startedAt ?? intent.createdAt;
      return {
        ...base,
        createdAt,
        name,
        role: 'workload',
        state: view.state,
        ready: view.ready ? '1/1' : '0/1',
        pid,
        restarts,
        ...addressesAt(pid, recorded, local),
        command,
      };
    });
  return intent.holder ? [holder, ...workloads] : workloads;
}

/** Those of the pod that are local where this process is: it may be in another network, and eth0 may have been moved away. */
function addressesAt(
  pid: number | null,
  recorded: readonly string[],
  local: LocalAddresses,
): Pick<Item, 'address' | 'addresses'> {
  const there = pid === null || recorded.length === 0 ? new Set() : local(pid);
  const addresses = recorded.filter((address) => there.has(address));
  return { address: addresses[0] ?? null, addresses };
}

/** The fields of a workload whose record cannot be read. */
const UNKNOWN = {
  role: 'workload',
  ...{ ready: '-', pid: null, restarts: 0, address: null, addresses: [], command: [] },
} as const;

/** Green: it runs. Yellow: on the way. Red: a failure. */
function colorOf(state: string, { green, red, yellow }: Palette): (text: string) => string {
  if (state === 'Running') return green;
  if (/^(Init:\d|PodInitializing|ContainerCreating|Terminating)/.test(state)) return yellow;
  return /^(Init:|CrashLoopBackOff|Error|StartError|Holder dead|Dead|Half|Lost|Unknown)/.test(state)
    ? red
    : String;
}

/** A damaged record is listed too, with the error as its state. */
function readOrDamaged(root: string, name: string): PodRecord | { readonly damaged: ItemOfPod } {
  try {
    return readPod(root, name);
  } catch (error) {
    const state = `Unknown (${(error as Error).message})`;
    const nothing = {
      ready: '-',
      pid: null,
      restarts: 0,
      createdAt: '',
      address: null,
      addresses: [],
      command: [],
    };
    return { damaged: { pod: name, name: 'pause', role: 'holder', state, ...nothing } };
  }
}
