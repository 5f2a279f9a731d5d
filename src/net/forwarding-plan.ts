/** Values of `net/ipv4/conf/DEVICE/forwarding`, by device; `default` is what a device that comes later is born with. */
export type Settings = Readonly<Record<string, string>>;

/** What is known when forwarding is to be turned on, on a host that is no router. */
interface Observation {
  /** The values now, of `default` and of every device that is neither `lo` nor a link of nslab. */
  readonly values: Settings;
  /** What this instance has recorded: the values to put back. */
  readonly own: Settings;
  /** What the other instances on this host have recorded. */
  readonly others: Settings;
}

/** How forwarding is turned on. The record is written first, and then each setting whose value to put back is 0. */
interface Opening {
  /** The values to put back, of all that is there now: a device that is gone takes its setting with it. */
  readonly prior: Settings;
  /** Devices that nslab opens: the host must not route between any two of them. */
  readonly guarded: readonly string[];
}

/**
 * Which devices are opened, and what is recorded of each. A value of 0 is what to put back, whichever program wrote it;
 * of one that is on, this or another instance may know the value before; and a device that is on and unknown was born since.
 */
export function planOpening({ values, own, others }: Observation): Opening {
  const birth = own.default ?? others.default;
  const before = ([device, value]: [string, string]) =>
    value === '0' ? value : (own[device] ?? others[device] ?? birth ?? value);
  const prior = Object.fromEntries(Object.entries(values).map((each) => [each[0], before(each)] as const));
  const guarded = Object.keys(prior).filter((device) => device !== 'default' && prior[device] === '0');
  return { prior, guarded };
}

/**
 * What is put back when the last instance leaves: the recorded value, where the setting is still the 1 that nslab wrote. A device
 * without a record was born with the value of `default`.
 */
export function planClosing(
  values: Settings,
  own: Settings,
): readonly (readonly [device: string, value: string])[] {
  return Object.keys(values).flatMap((device) => {
    const before = own[device] ?? own.default;
    return values[device] === '1' && before === '0' ? [[device, before] as const] : [];
  });
}
