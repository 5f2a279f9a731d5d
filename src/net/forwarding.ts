import { isDeepStrictEqual } from 'node:util';
import { planOpening, type Settings } from './forwarding-plan.ts';
import {
  type ForwardingRecord,
  forwardingText,
  isUnspeakable,
  priorInTable,
  priorOfOthers,
  recordedForwarding,
  recordsOfOthers,
  writeForwarding,
} from './forwarding-record.ts';
import {
  type ForwardingHost,
  foreignSettings,
  isRouter,
  namesOf,
  settingOf,
  writeSetting,
} from './forwarding-settings.ts';
import type { NetHost } from './net-host.ts';

/** What the setting `forwarding` of an interface is for. */
export const FORWARDING = 'packets that come in by this interface may leave by another one';

/** Whose forwarding it is. */
export interface ForwardingOwner {
  /** The id of the state directory. */
  readonly instance: string;
  /** Its directory of networks. */
  readonly networks: string;
  /** The names of its bridges. */
  readonly bridges: readonly string[];
}

/**
 * Opens devices that have come since, and those that another program has closed. True where that program may have closed the links
 * of nslab, too: `ip_forward` from 1 to 0 does so to every device. To be called with the networks' lock held.
 */
export async function openForwarding(host: ForwardingHost, owner: ForwardingOwner): Promise<boolean> {
  const { text, wasReset, apply } = await planForwarding(host, owner);
  if (text) await host.nft.apply(text, 'which devices were opened for pods, and their values before');
  return apply() ? wasReset : (await openForwarding(host, owner)) || wasReset;
}

/** Forwarding as it is to be: the record, for a transaction of nft, and then the settings. */
interface ForwardingPlan {
  /** Empty where the record is as it was. */
  readonly text: string;
  readonly wasReset: boolean;
  /**
   * Turns forwarding on. To be called when the transaction is done. False where a device was closed meanwhile that was taken for
   * open by its administrator's choice (another instance had opened it, and has left), or was born closed. Then a new plan is
   * needed.
   */
  apply(): boolean;
}

/**
 * Plans that packets pass between pods and the outside, by every device of this host and by those that come later. The flag of a
 * packet's *input* device counts: a device without it gives pods no answers, and no one reaches a published port through it.
 * Setting `ip_forward` instead would reset every interface's `accept_redirects`, and an administrator's choice with it.
 */
export async function planForwarding(host: ForwardingHost, owner: ForwardingOwner): Promise<ForwardingPlan> {
  const { instance, networks, bridges } = owner;
  // A router's devices are not looked at: nothing is to be opened, and nothing to be guarded.
  const names = isRouter(host) ? undefined : namesOf(host, bridges);
  const recorded = recordedForwarding(networks, instance);
  const { record, values } = await wantedRecord(host, owner, recorded, names);
  const isNew = !isDeepStrictEqual(record, recorded);
  const open = Object.keys(values).filter((device) => record.prior[device] === '0');
  const left = Object.keys(values).filter((device) => record.prior[device] !== '0');
  return {
    text: isNew ? forwardingText(instance, record) : '',
    wasReset: values.default === '0' && 'default' in recorded.prior,
    apply() {
      // Nothing to do, and no instance that leaves closes a device while our record stands.
      if (!isNew && open.every((device) => values[device] === '1')) return true;
      if (isNew) writeForwarding(host.files, networks, instance, record);
      for (const device of open)
        writeSetting(host, device, '1', `${FORWARDING}; its value before is recorded`);
      if (names === undefined) return true;
      const born = namesOf(host, bridges).filter((device) => !names.includes(device));
      return [...left, ...born].every((device) => host.sysctl.read(settingOf(device)) !== '0');
    },
  };
}

async function wantedRecord(
  host: ForwardingHost,
  { instance, bridges }: ForwardingOwner,
  recorded: ForwardingRecord,
  names: readonly string[] | undefined,
): Promise<{ readonly record: ForwardingRecord; readonly values: Settings }> {
  if (names === undefined) return { record: { ...recorded, guarded: [], bridges: [] }, values: {} };
  const isRecorded = Object.keys(recorded.prior).length > 0;
  const own = isRecorded ? recorded.prior : await priorInTable(host, instance);
  const { values, others } = await lookAround(host, { instance, bridges, own, names });
  const { prior, guarded } = planOpening({ values, own, others });
  const isSame = isDeepStrictEqual(guarded, recorded.guarded);
  return {
    record: { prior, guarded, bridges: isSame ? recorded.bridges : await bridgesAmong(host, guarded) },
    values,
  };
}

/**
 * The values now, and what other instances have recorded of those that are unknown here. If one came or left meanwhile, the two
 * do not belong together, and both are asked again.
 */
async function lookAround(
  host: ForwardingHost,
  {
    instance,
    bridges,
    own,
    names,
  }: { instance: string; bridges: readonly string[]; own: Settings; names: readonly string[] },
): Promise<{ readonly values: Settings; readonly others: Settings }> {
  for (let seen = names; ; seen = namesOf(host, bridges)) {
    const before = await recordsOfOthers(host, instance);
    const found = await foreignSettings(host, instance, { known: own, names: seen });
    const values = Object.fromEntries(Object.entries(found).filter(([device]) => !isUnspeakable(device)));
    if (Object.keys(values).every((device) => device in own)) return { values, others: {} };
    const others = before.length === 0 ? {} : await priorOfOthers(host, instance);
    const now = Object.fromEntries(
      Object.keys(values).map((device) => [device, host.sysctl.read(settingOf(device))]),
    );
    const isSame = isDeepStrictEqual(now, values);
    if (isSame && isDeepStrictEqual(await recordsOfOthers(host, instance), before)) return { values, others };
  }
}

/** Devices that this host's administrator has closed, although the host is a router: nslab opens none of these. */
export async function closedDevices(
  host: Pick<NetHost, 'net' | 'sysctl'>,
  instance: string,
): Promise<string[]> {
  return isRouter(host) ? unreachableDevices(host, instance) : [];
}

/** The devices of this host by which pods are not reached: what comes in by them is not forwarded. */
export async function unreachableDevices(
  host: Pick<NetHost, 'net' | 'sysctl'>,
  instance: string,
): Promise<string[]> {
  const values = await foreignSettings(host, instance, {});
  return Object.keys(values).filter((device) => device !== 'default' && values[device] === '0');
}

async function bridgesAmong({ net }: Pick<NetHost, 'net'>, devices: readonly string[]): Promise<string[]> {
  if (devices.length === 0) return [];
  const wanted = new Set(devices);
  return (await net.links()).flatMap(({ name, kind }) =>
    kind === 'bridge' && wanted.has(name) ? [name] : [],
  );
}
