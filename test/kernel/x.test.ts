import t from 'tap';
import { onFreshHost } from './host.ts';

const N = Number(process.env.N);
for (let n = 0; n < N; n++) t.test('x', (t) => onFreshHost(t, async () => {}));
