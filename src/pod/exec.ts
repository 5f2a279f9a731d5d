import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { namespaceAt, sameNamespace } from '../ns/namespace.ts';
import { checkCommand } from '../spec/names.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import { SEARCH_PATH } from '../spec/search-path.ts';
import { openFiles } from '../sys/files.ts';
import { openSpawn } from '../sys/spawn.ts';
import { type Transcript, toFile } from '../transcript/transcript.ts';
import { openFilesLimit } from './open-files.ts';
import { type Shim, StartError, startShim } from './shim.ts';
import { rights } from './shim-options.ts';
import { runningProcess, type Target } from './target.ts';
import { ROOT } from './user.ts';

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly privileged: boolean;
  /** `ours`: our own standard output and error. `pipe`: to be read from the child. */
  readonly output: 'ours' | 'pipe';
}

/**
 * Starts a command inside: in all of a workload's namespaces, with its root and its limits; or, for a pod alone, in
 * what its holder keeps, with this machine's own files. Returns when the command runs, or throws why it does not.
 * Needs no FFI: `exec` is what people wait for.
 */
export async function startExec(transcript: Transcript, target: Target, options: ExecOptions): Promise<Shim> {
  checkCommand(options.command);
  const { pod, workload } = target;
  const process = runningProcess(target);
  const files = openFiles(transcript);
  const groups = (workload?.spec.limitGroups ?? []).map(({ path }) => ({
    kind: 'cgroup' as const,
    fd: files.open(join(path, 'cgroup.procs'), 'entrance'),
  }));
  const joined = [...openAll(process.pid, workload ? [...SHARED, 'mnt'] : pod.intent.share), ...groups];
  const transcriptFd = files.open(pod.files.transcript, 'append');
  const sink = toFile(transcriptFd, () => {});
  transcript.attach(sink);
  try {
    const shim = startShim(
      { spawn: openSpawn(transcript) },
      {
        verb: 'exec',
        options: execOptions(target, options),
        command: options.command,
        env: environment(target, options.tty),
        joined,
        output: [
          options.stdin || options.tty ? 0 : 'ignore',
          ...(options.output === 'ours' ? ([1, 2] as const) : (['pipe', 'pipe'] as const)),
        ],
        record: 'ignore',
        transcript: transcriptFd,
        session: 'ours',
      },
    );
    const word = await shim.next();
    const what = workload ? `${pod.intent.name}/${workload.name}` : pod.intent.name;
    if (word.said === 'failed') throw new StartError(`exec in ${what}`, options.command[0] ?? '', word);
    return shim;
  } finally {
    transcript.detach(sink);
    closeSync(transcriptFd);
    for (const { fd } of joined) closeSync(fd);
  }
}

const SHARED = ['net', 'ipc', 'uts', 'pid'] as const satisfies readonly ShareKind[];

/** Only what differs from our own: joining where one is already needs privileges for nothing. */
function openAll<K extends string>(pid: number, kinds: readonly K[]): { kind: K; fd: number }[] {
  return kinds
    .filter(
      (kind) =>
        !sameNamespace(namespaceAt(`/proc/${pid}/ns/${kind}`), namespaceAt(`/proc/thread-self/ns/${kind}`)),
    )
    .map((kind) => ({ kind, fd: openSync(`/proc/${pid}/ns/${kind}`, 'r') }));
}

function execOptions({ workload }: Target, { tty, privileged }: ExecOptions): string[] {
  return [
    ...rights(workload?.spec),
    ...(privileged && !workload?.spec.privileged ? ['--privileged'] : []),
    ...['--cwd', workload?.spec.cwd ?? '/'],
    ...openFilesLimit(),
    ...(tty ? ['--tty'] : []),
  ];
}

function environment({ pod, workload }: Target, tty: boolean): Record<string, string> {
  const terminal = tty ? { TERM: process.env.TERM ?? 'xterm' } : {};
  const own = workload?.spec.environment ?? {
    PATH: SEARCH_PATH,
    HOME: ROOT.home,
    HOSTNAME: pod.intent.hostname,
  };
  return { ...terminal, ...own };
}
