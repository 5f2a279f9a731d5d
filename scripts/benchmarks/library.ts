import type * as Library from '../../src/index.ts';

/**
 * Makes COUNT pods by the library and ends them, in a process of its own; prints what `native/floor.c` prints, and into
 * what the time of their making went, by the pods' own diary.
 *
 *     node library.js ptp|bridge netlink|ip COUNT
 */
const [type, driver, words] = process.argv.slice(2) as ['ptp' | 'bridge', 'netlink' | 'ip', string];
const { Diary, Network, Pod } = (await import(String(process.env.NSLAB_LIBRARY))) as typeof Library;
await using network = await Network.create({ name: 'bench', type, driver });
const specs = Array.from({ length: Number(words) }, (_, index) => ({
  name: `bench${index}`,
  network: network.name,
}));

/** Microseconds by what was called. */
const profile: Record<string, number> = {};
const diary = new Diary(({ call, us }) => {
  profile[call] = (profile[call] ?? 0) + us;
});
const ticks = [performance.now()];
const pods = await Pod.createMany(specs, { driver, diary, each: () => ticks.push(performance.now()) });
const made = performance.now();
const parts = { ...profile, diary: Math.round(diary.spent / 1000) };
await Pod.destroyMany(pods);
const ended = performance.now();

const us = (from: number, to: number) => Math.round((to - from) * 1000);
const each = ticks.slice(1).map((tick, index) => us(ticks[index] as number, tick));
const create = us(ticks[0] as number, made);
console.log(JSON.stringify({ create, remove: us(made, ended), each, parts }));
