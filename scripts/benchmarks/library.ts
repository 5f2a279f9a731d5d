import type * as Library from '../../src/index.ts';

/**
 * Makes COUNT pods by the library and ends them, in a process of its own; prints what `native/floor.c` prints.
 *
 *     node library.js ptp|bridge netlink|ip COUNT
 */
const [type, driver, words] = process.argv.slice(2) as ['ptp' | 'bridge', 'netlink' | 'ip', string];
const { Network, Pod } = (await import(String(process.env.NSLAB_LIBRARY))) as typeof Library;
await using network = await Network.create({ name: 'bench', type, driver });
const specs = Array.from({ length: Number(words) }, (_, index) => ({
  name: `bench${index}`,
  network: network.name,
}));

const ticks = [performance.now()];
const pods = await Pod.createMany(specs, { driver, each: () => ticks.push(performance.now()) });
const made = performance.now();
await Pod.destroyMany(pods);
const ended = performance.now();

const us = (from: number, to: number) => Math.round((to - from) * 1000);
const each = ticks.slice(1).map((tick, index) => us(ticks[index] as number, tick));
console.log(JSON.stringify({ create: us(ticks[0] as number, made), remove: us(made, ended), each }));
