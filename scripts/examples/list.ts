// All pods of this machine, whoever has made them, and what runs in each.
import { Pod } from 'nslab';

await using web = await Pod.create({ name: 'web' });
await using job = await Pod.create({ name: 'job', network: 'none' });
await web.run({ name: 'server', command: ['sleep', '1000'] });
const hello = await job.run({ name: 'hello', command: ['echo', 'hello'] });
await hello.wait();

for (const pod of await Pod.list()) {
  console.log(`${pod.name}  ${pod.inspect().state}  ${pod.address ?? 'no address'}`);
  for (const workload of pod.workloads()) console.log(`    ${workload.name}: ${workload.status().state}`);
}
