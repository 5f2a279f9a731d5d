// Errors: a stable code to act on, a message and a hint to read.
import { Network, OperationError, Pod } from 'nslab';

await using network = await Network.create({ name: 'lan' });
await using pod = await Pod.create({ name: 'web', network });

await attempt('a pod that there is not', () => Pod.get('wbe'));
await attempt('a name that is taken', () => Pod.create({ name: 'web' }));
await attempt('a slip of the pen', () => Pod.create({ name: 'db', ...{ netwrok: 'lan' } }));
await attempt('a program that there is not', () => pod.exec(['no-such-program']));
await attempt('a network that is in use', () => network.destroy());

async function attempt(what: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    console.log(`${what}: ${error.code}\n    ${error.message}${error.hint ? ` (${error.hint})` : ''}`);
  }
}
