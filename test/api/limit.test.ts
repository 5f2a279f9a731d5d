import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { Limit } from '../../src/api/limit.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

t.test('a timeout comes, whatever the garbage collector does meanwhile', async (t) => {
  const limit = new Limit('it', { timeout: 0.2 });
  t.equal(limit.signal?.aborted, false);
  const stays = setInterval(collect, 20);
  t.teardown(() => clearInterval(stays));
  await once(limit.signal as AbortSignal, 'abort');
  t.throws(() => limit.check(), { code: 'ERR_TIMEOUT', message: 'it took longer than 0.2 s' });
});

t.test('a caller’s signal comes first, with its reason', async (t) => {
  const control = new AbortController();
  const limit = new Limit('it', { timeout: 1000, signal: control.signal });
  control.abort('why');
  t.throws(() => limit.check(), { code: 'ABORT_ERR', cause: 'why' });
  t.doesNotThrow(() => new Limit('it', {}).check(), 'without limits nothing ends it (control)');
});
