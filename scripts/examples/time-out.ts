// What takes too long is ended: by a timeout, or by a signal of the program's own. Nothing that it has started is left.
import { AbortError, Pod, TimeoutError } from 'nslab';

await using pod = await Pod.create({ name: 'patient', network: 'none' });

try {
  await pod.exec(['sleep', '1000'], { timeout: '300ms' });
} catch (error) {
  if (!(error instanceof TimeoutError)) throw error;
  console.log(error.message);
}

const control = new AbortController();
const watch = await pod.spawn(['sh', '-c', 'echo ready; sleep 1000'], { signal: control.signal });
watch.stdout.once('data', () => control.abort());
try {
  await watch.exit;
} catch (error) {
  if (!(error instanceof AbortError)) throw error;
  console.log(error.message);
}
