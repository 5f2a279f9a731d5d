import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { KernelHost } from './host.ts';

/** Connects so many times and prints each answer, or the errno. */
const ASK = `
const [host, port, times] = process.argv.slice(2);
const ask = () => new Promise((resolve) => {
  const socket = require('net').connect({ host, port, timeout: 1500 });
  let said = '';
  socket.on('data', (text) => (said += text)).on('end', () => resolve(said)).on('error', (e) => resolve(e.code));
  socket.on('timeout', () => { socket.destroy(); resolve('ETIMEDOUT'); });
});
(async () => { for (let n = 0; n < times; n++) console.log(await ask()); })();`;

/** Programs of a test, by name, as files that go with it. */
export function programs<K extends string>(t: Test, texts: Readonly<Record<K, string>>): Record<K, string> {
  const directory = mkdtempSync('/var/tmp/nslab-test-');
  t.teardown(() => rmSync(directory, { recursive: true }));
  const paths = Object.entries<string>(texts).map(([name, text]) => {
    const path = join(directory, `${name}.js`);
    writeFileSync(path, text);
    return [name, path] as const;
  });
  return Object.fromEntries(paths) as Record<K, string>;
}

export type Ask = (from: string, to: string, port: number, times?: number) => Promise<string[]>;

/** Asks from the container `c` of a pod, or from `host`, or from `outside`. */
export function asker(t: Test): (host: KernelHost) => Ask {
  const { ask } = programs(t, { ask: ASK });
  return ({ host, argv }) =>
    async (from, to, port, times = 1) => {
      const words = ['node', ask, to, String(port), String(times)];
      const { stdout } = await host.run([...enter(from), ...words]);
      return stdout.trim().split('\n');

      function enter(from: string): readonly string[] {
        if (from === 'host') return [];
        if (from === 'outside') return ['nsenter', '-t', String(host.outside), '-n'];
        return [...argv, 'exec', `${from}/c`];
      }
    };
}
