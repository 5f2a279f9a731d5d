import t from 'tap';
import { requires } from '../requires.ts';
import { programHost } from './program.ts';

// What a program does with pods, workloads and networks that there are. Making them: test/library.test.ts.

const GONE = 'ERR_WORKLOAD_NOT_FOUND';

/** What each program of the probe prints. */
const PRINTED: Readonly<Record<string, object>> = {
  handles: {
    first: ['1', '2', '3', '4', '5'],
    ...{ names: ['w'], refused: 'ERR_WORKLOAD_RUNNING', running: 'Running' },
    stopped: { name: 'w', pod: 'web', state: 'Error (3)', exitCode: 3, pid: null },
    ...{ log: ['bye'], tail: ['5', 'bye'], asleep: [null, 'ERR_NOT_RUNNING', 3] },
    ...{ again: 'Running', killed: [3, 12], removed: [GONE, GONE, GONE, GONE, GONE, GONE, GONE] },
    ...{ waited: 'ERR_TIMEOUT', aborted: 'ABORT_ERR', left: 0 },
  },
  commands: {
    ...{ whole: 'red big\n/tmp\n65534\nin\n', deaf: 0, terminal: 'terminal', plain: 'none\n' },
    ...{ fed: 'more\nmore\n', source: 'RangeError' },
    timedOut: ['TimeoutError', 'ERR_TIMEOUT', '"sleep" in web took longer than 0.2 s'],
    ...{ early: 'ABORT_ERR', deserted: 'ERR_TIMEOUT', echo: 'there\n', ended: 0, termed: 143 },
    ...{ abort: ['AbortError', 'ABORT_ERR', 'enough'], family: 2 },
  },
  attached: {
    work: [true, false],
    ...{ after: 'web', listed: [['web', true, 3]], state: 'Running' },
    destroyed: Array(12).fill('ERR_DESTROYED'),
    sentence: 'pod "web" was destroyed by this program',
    ...{ gone: Array(9).fill('ERR_POD_NOT_FOUND'), other: 'Running' },
  },
  networks: {
    inUse: ['ERR_NETWORK_IN_USE', 'network "lan" is in use by web'],
    listed: ['lan'],
    taken: [
      ...['ERR_NETWORK_EXISTS', 'ERR_POD_EXISTS', 'ERR_ADDRESS_IN_USE', 'ERR_PORT_IN_USE'],
      'ERR_NETWORK_NOT_FOUND',
    ],
    ...{ pods: ['web'], after: ['ERR_DESTROYED', 'ERR_DESTROYED', 'ERR_NETWORK_NOT_FOUND'], still: 1 },
    work: [false, true, false],
  },
  manifests: {
    ...{ warnings: [], line: 'up', inside: 'sh' },
    refused: ['ERR_INVALID_INPUT', 'Pod.manyFromManifest makes all of them'],
    ...{ states: ['Running', 'Completed'], failed: 'ERR_POD_FAILED' },
    ...{ names: ['four', 'one'], broken: 'ERR_INVALID_MANIFEST' },
  },
};

if (requires(t, 'root', 'ip', 'nft', 'busybox'))
  t.test('a program of the library', async (t) => {
    await using lab = await programHost(t, new URL('pod-probe.ts', import.meta.url));
    for (const [what, printed] of Object.entries(PRINTED)) {
      const { status, stdout, stderr } = await lab.run(what);
      t.match({ status, stderr }, { status: 0, stderr: '' }, what);
      t.match(stdout === '' ? {} : JSON.parse(stdout), printed, what);
      t.same(await lab.left(), [], `${what}: nothing is left`);
    }
  });
