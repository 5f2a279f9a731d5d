import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { mapConcurrently } from '../../src/sys/map-concurrently.ts';

t.test('a few at a time, and the results in order', async (t) => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently(3, [50, 10, 30, 5, 20, 1, 0], async (pause) => {
    most = Math.max(most, ++running);
    await sleep(pause);
    running -= 1;
    return pause * 2;
  });
  t.same(results, [100, 20, 60, 10, 40, 2, 0]);
  t.equal(most, 3);
  t.same(await mapConcurrently(3, [], async () => t.fail('nothing to do')), []);
});

t.test('after a failure none is begun, and those under way are waited for', async (t) => {
  const begun: number[] = [];
  let ended = 0;
  const all = mapConcurrently(2, [0, 1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('the first');
    await sleep(30);
    ended += 1;
  });
  await t.rejects(all, { message: 'the first' });
  t.same([begun, ended], [[0, 1], 1]);
});
