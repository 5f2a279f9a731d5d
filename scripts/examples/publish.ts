// A published port: what listens in the pod answers at a port of this machine.
import { setTimeout as sleep } from 'node:timers/promises';
import { Pod } from 'nslab';

await using pod = await Pod.create({ name: 'web', ports: ['127.0.0.1:8080:80'] });
await pod.run({ name: 'nginx', command: ['nginx', '-g', 'daemon off;'] });

const response = await untilAnswered('http://127.0.0.1:8080/');
console.log(response.status, /<h1>(.*)<\/h1>/.exec(await response.text())?.[1]);

/** A server needs a moment until it listens. */
async function untilAnswered(url: string): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url);
    } catch {
      await sleep(50);
    }
  }
}
