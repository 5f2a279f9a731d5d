import type * as Library from '../../src/index.ts';

/**
 * Makes COUNT pods of a network one by one, and leaves them to the machine; prints how many there are, and the error of the
 * first that could not be made.
 *
 *     node crowd.js NETWORK COUNT
 */
const [network = 'default', count] = process.argv.slice(2);
const { Pod } = (await import(String(process.env.NSLAB_LIBRARY))) as typeof Library;
const specs = Array.from({ length: Number(count) }, (_, index) => ({ name: `crowd${index}`, network }));
const last = specs.pop();
const pods = await Pod.createMany(specs);
let error = '';
try {
  if (last) pods.push(await Pod.create(last));
} catch (refusal) {
  error = (refusal as Error).message;
}
for (const pod of pods) await pod.detach();
console.log(JSON.stringify({ pods: pods.length, error }));
