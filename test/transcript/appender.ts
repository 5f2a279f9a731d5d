/** One of two processes that keep the same transcript: node appender.mjs FILE EVENTS. Run by transcript.test.ts. */
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { openFiles } from '../../src/sys/files.ts';
import { Transcript, toFile } from '../../src/transcript/transcript.ts';

const [path = '', count = ''] = process.argv.slice(2);
const quiet = openFiles(new Transcript());
const transcript = new Transcript(
  toFile(quiet.open(path, 'append'), (error) => {
    throw error;
  }),
);
// Both begin when both are there: on a busy machine the first would be done before the second is loaded.
writeFileSync(`${path}.ready-${process.pid}`, '');
while (readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.ready-`)).length < 2);
for (let n = 0; n < Number(count); n++) {
  // From a hundred bytes to a few pages: a batch of `ip` is longer than any buffer of ours.
  const input = n % 100 === 0 ? 'é"\n'.repeat(2000) : 'x'.repeat(n % 300);
  transcript.begin({ channel: 'ip', call: 'ip', args: String(n), input })({ result: 0 });
}
