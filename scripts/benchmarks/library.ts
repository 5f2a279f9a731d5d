import { readFileSync } from 'node:fs';
import type * as Library from '../../src/index.ts';

/**
 * Makes COUNT pods by the library and ends them, in a process of its own; prints what `native/floor.c` prints, and into
 * what the time of their making went, by the transcript that each pod keeps of itself.
 *
 *     node library.js ptp|bridge netlink|ip COUNT
 */
const [type, driver, words] = process.argv.slice(2) as ['ptp' | 'bridge', 'netlink' | 'ip', string];
const { Transcript, Network, Pod } = (await import(String(process.env.NSLAB_LIBRARY))) as typeof Library;
await using network = await Network.create({ name: 'bench', type, driver });
const specs = Array.from({ length: Number(words) }, (_, index) => ({
  name: `bench${index}`,
  network: network.name,
}));

const transcript = new Transcript();
const ticks = [performance.now()];
const pods = await Pod.createMany(specs, { driver, transcript, each: () => ticks.push(performance.now()) });
const made = performance.now();
const parts = { ...callsOf(pods), transcript: Math.round(transcript.spent / 1000) };
const read = performance.now();
await Pod.destroyMany(pods);
const ended = performance.now();

const us = (from: number, to: number) => Math.round((to - from) * 1000);
const each = ticks.slice(1).map((tick, index) => us(ticks[index] as number, tick));
const create = us(ticks[0] as number, made);
console.log(JSON.stringify({ create, remove: us(read, ended), each, parts }));

/** Microseconds by what this process called. */
function callsOf(pods: readonly Library.Pod[]): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const { name } of pods)
    for (const line of readFileSync(`/run/nslab/pods/${name}/transcript.jsonl`, 'utf8')
      .trimEnd()
      .split('\n')) {
      const { who, call, us } = JSON.parse(line) as Library.Event;
      if (who === process.pid) calls[call] = (calls[call] ?? 0) + us;
    }
  return calls;
}
