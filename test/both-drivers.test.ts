import { fileURLToPath } from 'node:url';
import t from 'tap';

// What is configured by messages of our own can be configured by iproute2, too: where a pod's network is all that is tried, both
// are. The faults and the labs have verbs by either already.
const FILES = ['article', 'network', 'ports'].map((name) => `kernel/${name}.test.ts`);

const other = process.env.NSLAB_DRIVER === 'ip' ? 'netlink' : 'ip';

for (const file of FILES)
  t.spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL(file, import.meta.url))],
    { env: { ...process.env, NSLAB_DRIVER: other }, timeout: 7_200_000 },
    `${file}, by ${other}`,
  );
