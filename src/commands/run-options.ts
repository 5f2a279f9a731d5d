import { checkName } from '../spec/names.ts';
import type { ShareKind } from '../spec/pod-spec.ts';
import { checkVariable, checkWorkdir } from '../spec/process.ts';
import { parseVolume } from '../spec/volume.ts';
import type { Origin, RestartPolicy, WorkloadSpec } from '../spec/workload-spec.ts';
import { ownVariable } from '../sys/bytes.ts';
import { InputError } from '../sys/errors.ts';
import { readNumber } from '../sys/number.ts';
import type { ChangeOptions } from './session.ts';

export interface RunOptions extends ChangeOptions {
  readonly name?: string;
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

/** Checks the options of `nslab run` and translates them to a spec. */
export function readSpec(command: readonly string[], options: RunOptions): WorkloadSpec {
  const { env = [], workdir, user, volume = [], privileged, restart, stopTimeout } = options;
  // docker's -v, which is --verbose here: what follows it would be the command.
  if (/^\/[^:]*:\//.test(command[0] ?? ''))
    throw new InputError(`"${command[0]}" is a volume and no command`, {
      hint: `-v is --verbose here; a volume is --volume ${command[0]}`,
    });
  if (options.name === undefined)
    throw new InputError('run needs a name for the workload: --name', {
      hint: `nslab run --name ${suggestedName(command)} …`,
    });
  if (command.length === 0)
    throw new InputError('run needs a command', { hint: 'nslab run … -- COMMAND ARG…' });
  if (options.detach && options.rm)
    throw new InputError('--rm needs nslab to wait for the workload: leave out -d');
  if (!options.detach && restart !== undefined && restart !== 'no')
    throw new InputError('--restart needs -d');
  if (workdir !== undefined) checkWorkdir(workdir);
  return {
    name: checkName('workload', options.name),
    command,
    origins: readOrigins(options),
    env: Object.fromEntries(env.map(readVariable)),
    ...(workdir !== undefined && { cwd: workdir }),
    ...(user !== undefined && { user }),
    volumes: volume.map(parseVolume),
    ...(privileged && { privileged }),
    ...(restart !== undefined && { restart: readRestart(restart) }),
    ...(stopTimeout !== undefined && { grace: readNumber('--stop-timeout', stopTimeout, 'seconds') }),
  };
}

/** The program's name, if a workload can be called so. */
function suggestedName([program = '']: readonly string[]): string {
  const base = program.split('/').at(-1) ?? '';
  return /^[a-z0-9][a-z0-9-]*$/.test(base) ? base : 'NAME';
}

/** As with Docker: a namespace that is not joined is new. */
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

/** -e of `run` and `exec`. */
export function readVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  checkVariable(name);
  // As with Docker: a name alone passes the value of this environment.
  return [name, at < 0 ? (ownVariable(name) ?? '') : text.slice(at + 1)];
}

function readRestart(text: string): RestartPolicy {
  const known: readonly RestartPolicy[] = ['no', 'on-failure', 'always'];
  const policy = known.find((candidate) => candidate === text);
  if (!policy) throw new InputError(`no restart policy "${text}"`, { hint: `one of ${known.join(', ')}` });
  return policy;
}
