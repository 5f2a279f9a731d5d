import { constants } from 'node:os';
import { isAbsolute, normalize } from 'node:path';
import type { Host } from '../pod/host.ts';
import { runWorkload } from '../pod/run-workload.ts';
import { lockPod } from '../pod/store.ts';
import { forgetWorkload, type OwnedWorkload } from '../pod/workload.ts';
import { checkName } from '../spec/names.ts';
import { readNumber } from '../spec/number.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import type { Origin, RestartPolicy, VolumeMount, WorkloadSpec } from '../spec/workload-spec.ts';
import { InputError } from '../sys/errors.ts';
import { catches } from '../sys/procfs.ts';
import { signalProcess } from '../sys/signal.ts';
import { type GlobalOptions, say } from './globals.ts';
import { type Changing, openChangingSession, type Session } from './session.ts';
import { forwardSignals } from './signals.ts';

export interface RunOptions extends Changing {
  readonly name: string;
  readonly detach?: boolean;
  readonly rm?: boolean;
  readonly pod?: string;
  readonly network?: string;
  readonly ipc?: string;
  readonly pid?: string;
  readonly uts?: string;
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly volume?: readonly string[];
  readonly privileged?: boolean;
  readonly restart?: string;
  readonly stopTimeout?: string;
}

/** `nslab run`: a workload in the namespaces that it is told to join. */
export async function run(
  command: readonly string[],
  options: RunOptions,
  globals: GlobalOptions,
): Promise<number> {
  const spec = readSpec(command, options);
  const session = await openChangingSession(globals, options);
  const { root, host, announce } = session;
  const { pod, workload } = await runWorkload(host, root, spec, options.detach ? 'log' : [1, 2]);
  const name = pod.intent.holder ? `${pod.intent.name}/${workload.name}` : workload.name;
  if (options.detach || options.dryRun) {
    await workload.stay();
    pod.release();
    announce(name);
    return 0;
  }
  pod.release();
  const stop = forwardSignals((signal) => sendInto(host, workload, spec, signal));
  const { code, signal } = await workload.ended();
  stop();
  if (options.rm) await forget(session, pod.intent.name, workload);
  else await workload.stay();
  return signal > 0 ? 128 + signal : code;
}

async function forget({ host, root }: Session, name: string, workload: OwnedWorkload): Promise<void> {
  workload.letGo();
  const pod = await lockPod(host, root, name);
  if (pod === undefined || pod === 'busy') return;
  await forgetWorkload(host, root, pod, workload.name);
  pod.release();
}

/** The first process of a pid namespace never gets a signal that it does not catch: then only KILL is left. */
function sendInto(
  { kernel }: Host,
  { name, process }: OwnedWorkload,
  { origins }: WorkloadSpec,
  signal: NodeJS.Signals,
): void {
  const deaf = origins.pid === 'new' && catches(process.pid, constants.signals[signal]) === false;
  if (deaf) say(`workload "${name}" does not catch ${signal}, and as PID 1 never gets it: killing it`);
  signalProcess(kernel, process, deaf ? 'SIGKILL' : signal, 'passes the signal on to the command');
}

function readSpec(command: readonly string[], options: RunOptions): WorkloadSpec {
  const { env = [], workdir, user, volume = [], privileged, restart, stopTimeout } = options;
  if (command.length === 0)
    throw new InputError('run needs a command', { hint: 'nslab run … -- COMMAND ARG…' });
  if (options.detach && options.rm) throw new InputError('--rm needs somebody who waits: leave out -d');
  if (!options.detach && restart !== undefined && restart !== 'no')
    throw new InputError('--restart needs -d');
  if (workdir !== undefined && !isAbsolute(workdir))
    throw new InputError(`the working directory "${workdir}" is not an absolute path`);
  return {
    name: checkName('workload', options.name),
    command,
    origins: readOrigins(options),
    env: Object.fromEntries(env.map(readVariable)),
    ...(workdir !== undefined && { cwd: workdir }),
    ...(user !== undefined && { user }),
    volumes: volume.map(readVolume),
    ...(privileged && { privileged }),
    ...(restart !== undefined && { restart: readRestart(restart) }),
    ...(stopTimeout !== undefined && { grace: readNumber('--stop-timeout', stopTimeout, 'seconds') }),
  };
}

/** Docker's words: what is not joined is new. */
function readOrigins({ pod, network, ipc, pid, uts }: RunOptions): Record<ShareKind, Origin> {
  const joined: Origin = pod === undefined ? 'new' : { of: checkName('pod', pod) };
  if (pod === undefined && network === undefined) {
    throw new InputError('run needs --network container:POD, none or host (or --pod POD)', {
      hint: '--pod POD is short for --network=container:POD --ipc=container:POD --uts=container:POD',
    });
  }
  return {
    net: network === undefined ? joined : readOrigin('network', network, true),
    ipc: ipc === undefined ? joined : readOrigin('ipc', ipc),
    uts: uts === undefined ? joined : readOrigin('uts', uts),
    pid: pid === undefined ? 'new' : readOrigin('pid', pid),
  };
}

function readOrigin(option: string, text: string, none = false): Origin {
  if (text === 'host') return 'host';
  if (none && text === 'none') return 'new';
  const match = /^(?:container|pod):(.+)$/.exec(text);
  if (match?.[1])
    return {
      of: match[1]
        .split('/')
        .map((part) => checkName('pod', part))
        .join('/'),
    };
  throw new InputError(`--${option} "${text}" is neither container:POD nor host${none ? ' nor none' : ''}`);
}

function readVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new InputError(`"${name}" is not the name of an environment variable`);
  // As Docker: a name alone passes our own value on.
  return [name, at < 0 ? (process.env[name] ?? '') : text.slice(at + 1)];
}

function readVolume(text: string): VolumeMount {
  const [source = '', target = '', mode, ...rest] = text.split(':');
  if (
    rest.length > 0 ||
    !isAbsolute(source) ||
    !isAbsolute(target) ||
    (mode !== undefined && mode !== 'ro' && mode !== 'rw')
  ) {
    throw new InputError(`"${text}" is not a volume`, { hint: 'HOST:DIR[:ro], both absolute paths' });
  }
  if (normalize(target) === '/')
    throw new InputError('a volume cannot be mounted over the root of the workload');
  return { source, target: normalize(target), readOnly: mode === 'ro' };
}

function readRestart(text: string): RestartPolicy {
  const known: readonly RestartPolicy[] = ['no', 'on-failure', 'always'];
  const policy = known.find((candidate) => candidate === text);
  if (!policy) throw new InputError(`no restart policy "${text}"`, { hint: `one of ${known.join(', ')}` });
  return policy;
}
