/** A process that is at work in a state directory until it is killed: node worker.mjs ROOT. Run by unfinished.test.ts. */
import { beginWork } from '../../src/pod/unfinished.ts';
import { openFiles } from '../../src/sys/files.ts';
import { openLibc } from '../../src/sys/libc.ts';
import { Transcript } from '../../src/transcript/transcript.ts';

const [root = ''] = process.argv.slice(2);
const transcript = new Transcript();
await beginWork({ kernel: { libc: await openLibc(), transcript }, files: openFiles(transcript) }, root);
process.stdout.write('at work');
setInterval(() => {}, 1000);
