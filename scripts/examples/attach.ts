// A pod that runs already, as `nslab hold web` or another program leaves one: find it, use it, leave it running.
import { Pod } from 'nslab';

await leaveOneRunning();

const pod = await Pod.get('web');
const server = pod.workload('server');
console.log(`${server.name} is ${server.status().state}`);
const { stdout } = await server.exec(['sh', '-c', 'echo "pid $$ beside $(cat /proc/1/comm)"']);
console.log(stdout.replace(/pid \d+/, 'a command').trim());

// The end of a scope does not end what this program has only found; `destroy()` does.
await pod.destroy();

async function leaveOneRunning(): Promise<void> {
  await using pod = await Pod.create({ name: 'web' });
  await pod.run({ name: 'server', command: ['sleep', '1000'] });
  await pod.detach();
}
