/** One of several processes that keep the same diary: node appender.mjs FILE EVENTS. Run by diary.test.ts. */
import { openFiles } from '../../src/sys/files.ts';
import { Diary, toFile } from '../../src/transcript/diary.ts';

const [path = '', count = ''] = process.argv.slice(2);
const quiet = openFiles(new Diary());
const diary = new Diary(
  toFile(quiet.open(path, 'append'), (error) => {
    throw error;
  }),
);
for (let n = 0; n < Number(count); n++) {
  // From a hundred bytes to a few pages: a batch of `ip` is longer than any buffer of ours.
  const input = n % 100 === 0 ? 'é"\n'.repeat(2000) : 'x'.repeat(n % 300);
  diary.begin({ door: 'ip', call: 'ip', args: String(n), input })({ result: 0 });
}
