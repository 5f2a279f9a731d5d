// A workload's output, line by line while it runs, and how it ended.
import { Pod } from 'nslab';

await using pod = await Pod.create({ name: 'batch', network: 'none' });
const count = 'for n in 1 2 3; do echo "step $n of 3"; sleep 0.2; done; exit 4';
const job = await pod.run({ name: 'job', command: ['sh', '-c', count] });

for await (const line of job.logs({ follow: true })) console.log(`${job.name} | ${line}`);
console.log('exit status', await job.wait());
