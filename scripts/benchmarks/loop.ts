import type * as Library from '../../src/index.ts';

/**
 * Makes COUNT pods by the library and ends them, each before the next; prints the microseconds of each.
 *
 *     node loop.js NETWORK COUNT
 */
const [network = 'default', count] = process.argv.slice(2);
const { Pod } = (await import(String(process.env.NSLAB_LIBRARY))) as typeof Library;
const found = { create: [] as number[], remove: [] as number[] };
for (let index = 0; index < Number(count); index++) {
  const begun = performance.now();
  const pod = await Pod.create({ name: `loop${index}`, network });
  const made = performance.now();
  await pod.destroy();
  found.create.push(Math.round((made - begun) * 1000));
  found.remove.push(Math.round((performance.now() - made) * 1000));
}
console.log(JSON.stringify(found));
