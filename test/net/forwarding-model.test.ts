import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { planClosing, planOpening, type Settings } from '../../src/net/forwarding-plan.ts';

/**
 * Two instances, devices that come and go, and someone who writes 0 or 1, in random interleavings of single reads and writes.
 * The decisions are those of nslab; the order of reads and writes is that of src/net/forwarding.ts.
 */
const RUNS = 20_000;

type Fault =
  | 'no second look'
  | 'no third look'
  | 'record goes first'
  | 'no copy'
  | 'looks apart'
  | 'no check after'
  | 'no births';

interface Instance {
  /** Its table of a network: it needs its settings. */
  network: boolean;
  /** Its map of prior values, which others read. */
  prior: Settings | undefined;
  /** Of the table with that map. */
  handle: number;
}

/** What the kernel has, and what the test knows of it. */
class Machine {
  readonly values = new Map<string, string>();
  /** What a device would have if nslab were not there. */
  readonly without = new Map<string, string>();
  /** Devices of which another program has written the value while nslab was there. */
  readonly touched = new Set<string>();
  readonly instances: Instance[] = [
    { network: false, prior: undefined, handle: 0 },
    { network: false, prior: undefined, handle: 0 },
  ];

  add(device: string, value: string): void {
    this.values.set(device, value);
    this.without.set(device, value);
  }

  read(device: string): string | undefined {
    return this.values.get(device);
  }

  write(device: string, value: string): void {
    if (this.values.has(device)) this.values.set(device, value);
  }

  all(): string[] {
    return [...this.values.keys()];
  }

  handles = 1;

  recordsOfOthers(me: number): string {
    const others = this.instances.filter(({ prior }, index) => index !== me && prior);
    return others.map(({ handle }) => handle).join();
  }

  hasOthers(me: number): boolean {
    return this.instances.some(({ network }, index) => index !== me && network);
  }

  priorOfOthers(me: number): Settings {
    return Object.assign({}, ...this.instances.map(({ prior }, index) => (index === me ? {} : prior)));
  }
}

t.test('never cut off who was not, and put back where nobody else wrote', async (t) => {
  const failures: string[] = [];
  const seen = { opened: 0, restored: 0, shared: 0, born: 0, written: 0 };
  for (let seed = 1; seed <= RUNS && failures.length < 3; seed++) {
    const failure = play(seed, seen);
    if (failure) failures.push(`seed ${seed}: ${failure}`);
  }
  t.same(failures, []);
  for (const [what, count] of Object.entries(seen)) t.ok(count > RUNS / 20, `${what}: ${count} (control)`);
});

t.test(
  'an order without the second look, or without the copied record, is found wrong (control)',
  async (t) => {
    for (const fault of [
      'no second look',
      'no third look',
      'record goes first',
      'no copy',
      'looks apart',
      'no check after',
      'no births',
    ] as const) {
      let failure: string | undefined;
      for (let seed = 1; seed <= RUNS && failure === undefined; seed++)
        failure = play(seed, undefined, fault);
      t.ok(failure, `${fault}: ${failure}`);
    }
  },
);

/** One verb that makes a pod: each `yield` is a moment at which anyone else may act. */
function* open(machine: Machine, me: number, fault?: Fault): Generator {
  const instance = machine.instances[me] as Instance;
  for (;;) {
    const own = instance.prior ?? {};
    let values: Record<string, string>;
    let others: Settings;
    for (;;) {
      const before = machine.recordsOfOthers(me);
      yield;
      values = {};
      for (const device of machine.all()) {
        const value = machine.read(device);
        if (value !== undefined) values[device] = value;
        yield;
      }
      const isKnown = Object.keys(values).every((device) => device in own);
      others = isKnown || fault === 'no copy' ? {} : machine.priorOfOthers(me);
      yield;
      if (isKnown || fault === 'looks apart') break;
      const isSame = Object.entries(values).every(([device, value]) => machine.read(device) === value);
      yield;
      if (isSame && machine.recordsOfOthers(me) === before) break;
    }
    yield;
    const { prior } = planOpening({ values, own, others });
    const isOpen = Object.keys(values).every((device) => prior[device] !== '0' || values[device] === '1');
    if (isOpen && isDeepStrictEqual(prior, instance.prior)) return;
    instance.network = true;
    if (!instance.prior) instance.handle = machine.handles++;
    instance.prior = prior;
    yield;
    for (const device of Object.keys(values))
      if (prior[device] === '0') {
        machine.write(device, '1');
        yield;
      }
    if (fault === 'no check after') return;
    const left = machine.all().filter((device) => !(device in values && prior[device] === '0'));
    if (left.every((device) => machine.read(device) !== '0')) return;
  }
}

/** The verb that removes the last network. */
function* leave(machine: Machine, me: number, fault?: Fault): Generator {
  const instance = machine.instances[me] as Instance;
  instance.network = false;
  yield;
  const own = instance.prior ?? {};
  if (fault === 'record goes first') instance.prior = undefined;
  if (!machine.hasOthers(me)) yield* putBack(machine, me, own, fault);
  instance.prior = undefined;
}

function* putBack(machine: Machine, me: number, own: Settings, fault?: Fault): Generator {
  for (;;) {
    yield;
    const restored: string[] = [];
    // `default` first, and then those that are there now.
    function* devices(): Generator<string> {
      yield 'default';
      yield* machine.all().filter((device) => device !== 'default');
    }
    for (const device of devices()) {
      if (fault === 'no births' && !(device in own)) continue;
      const now = machine.read(device) ?? '';
      yield;
      for (const [closing, value] of planClosing({ [device]: now }, own)) {
        machine.write(closing, value);
        restored.push(closing);
        yield;
      }
    }
    if (fault === 'no second look' || restored.length === 0 || !machine.hasOthers(me)) return;
    for (const device of restored) {
      yield;
      machine.write(device, '1');
    }
    for (const device of machine.all()) if (machine.read(device) === '0') machine.write(device, '1');
    yield;
    if (fault === 'no third look' || machine.hasOthers(me)) return;
  }
}

/** Undefined where all held; else what did not. */
function play(seed: number, seen?: Record<string, number>, fault?: Fault): string | undefined {
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const machine = new Machine();
  machine.add('default', random() < 0.85 ? '0' : '1');
  for (const device of ['eth0', 'eth1']) machine.add(device, random() < 0.8 ? '0' : '1');
  const running: (Generator | undefined)[] = [undefined, undefined];
  const finish = (me: number) => {
    while (!running[me]?.next().done);
    running[me] = undefined;
  };
  const note = (what: string) => {
    if (seen) seen[what] = (seen[what] ?? 0) + 1;
  };
  let next = 2;
  for (let step = 0; step < 60; step++) {
    const me = Math.floor(random() * 2);
    const chance = random();
    if (chance < 0.9) {
      const verb = running[me];
      if (verb) {
        if (verb.next().done) {
          running[me] = undefined;
          const settled = running.every((each) => each === undefined);
          const failure = settled ? cutOff(machine) : undefined;
          if (failure) return failure;
        }
      } else if (!machine.instances[me]?.network) {
        running[me] = open(machine, me, fault);
        note('opened');
      } else {
        if (machine.hasOthers(me)) note('shared');
        running[me] = random() < 0.5 ? leave(machine, me, fault) : open(machine, me, fault);
      }
    } else if (chance < 0.94) {
      // Born with the value of `default`, which is what it would have had without nslab.
      const device = `eth${next++}`;
      machine.values.set(device, machine.read('default') ?? '0');
      machine.without.set(device, machine.without.get('default') ?? '0');
      // An administrator's value of `default` that came meanwhile is hidden by ours: it cannot be told.
      if (machine.touched.has('default')) machine.touched.add(device);
      note('born');
    } else if (chance < 0.97) {
      const device = pick(machine.all().filter((name) => name !== 'default'));
      if (device) machine.values.delete(device);
    } else {
      const device = pick(machine.all());
      const value = random() < 0.5 ? '0' : '1';
      machine.write(device, value);
      machine.without.set(device, value);
      const isAlone =
        machine.instances.every(({ network, prior }) => !network && !prior) && running.every((each) => !each);
      if (isAlone) {
        machine.touched.delete(device);
      } else {
        machine.touched.add(device);
      }
      note('written');
    }
  }
  for (const me of [0, 1]) if (running[me]) finish(me);
  const failure = cutOff(machine);
  if (failure) return failure;
  for (const me of random() < 0.5 ? [0, 1] : [1, 0]) {
    if (!machine.instances[me]?.network) continue;
    running[me] = leave(machine, me, fault);
    if (random() < 0.5) finish(me);
  }
  // Where both are left, they leave side by side.
  while (running.some(Boolean)) {
    const me = Math.floor(random() * 2);
    if (running[me]?.next().done) running[me] = undefined;
  }
  note('restored');
  for (const device of machine.all())
    if (!machine.touched.has(device) && machine.read(device) !== machine.without.get(device))
      return `${device} is ${machine.read(device)} after all have left, and was ${machine.without.get(device)}`;
  return undefined;
}

/** No device is closed that its instance had opened, while an instance is there and no verb is at work. */
function cutOff(machine: Machine): string | undefined {
  if (machine.instances.every(({ network }) => !network)) return undefined;
  const closed = machine.all().find((device) => machine.read(device) === '0' && !machine.touched.has(device));
  return closed && `${closed} is closed, and an instance is there`;
}

/** mulberry32: the same sequence for the same seed. */
function generator(seed: number): () => number {
  let state = seed * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
