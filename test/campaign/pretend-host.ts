import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually, PATIENCE } from '../eventually.ts';
import { MOUNT_CGROUPS } from './cgroups.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

/**
 * Runs one command in a fresh pretend host and destroys the host with everything in it. Tests that need root can so run in
 * parallel and leave nothing behind.
 */
export async function inPretendHost(
  argv: readonly string[],
  options: HostOptions & RunOptions = {},
): Promise<Result> {
  await using host = await PretendHost.create(options);
  return await host.run(argv, options);
}

export interface HostOptions {
  /** Its own tmpfs on /tmp, so that files left there are found. */
  readonly tmp?: boolean;
  /** `uplink` 203.0.113.2/24 with a default route to 203.0.113.1, which is in a second network namespace. */
  readonly uplink?: boolean;
  /** The machine's cgroups, for limits of workloads. */
  readonly cgroups?: boolean;
}

export interface RunOptions {
  /** Added to the pretend host's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly cwd?: string;
  /** Milliseconds until everything in the command's process group is killed. By default so many that only a hang needs them. */
  readonly timeout?: number;
  /** Called while the command runs. */
  readonly during?: (running: Running) => Promise<void>;
}

export interface Result {
  /** As in a shell: 128 + n for a signal n. */
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  readonly timedOut: boolean;
  /** A process that the command left behind has its stdout or stderr open: `$(command)` would hang. */
  readonly outputHeld: boolean;
}

/** A command that runs in a pretend host. */
export interface Running {
  readonly child: ChildProcess;
  readonly result: Promise<Result>;
  /** Signals the command's whole process group, as a terminal does; false when it is gone. */
  signal(signal: NodeJS.Signals): boolean;
  /** Whether the command, run by strace, is in a ptrace stop now. */
  isStopped(): boolean;
}

/** Its own net, mnt, uts, ipc and pid namespaces, a tmpfs on /run, and its own /sys. Pid 1 is a bash that only reaps. */
export class PretendHost {
  readonly #unshare: ChildProcess;
  /** Pid 1 of the pretend host, in the machine's pid namespace. */
  readonly pid: number;
  /** The process that keeps the network namespace beyond the uplink, in the pretend host's pid namespace. */
  readonly outside: number | undefined;

  private constructor(unshare: ChildProcess, pid: number, outside: number | undefined) {
    this.#unshare = unshare;
    this.pid = pid;
    this.outside = outside;
  }

  static async create(options: HostOptions = {}): Promise<PretendHost> {
    const child = spawn('unshare', [...UNSHARE, 'bash', '-c', pidOne(options)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C on the test runner must not kill a host that is still to be compared.
      detached: true,
      cwd: '/',
      env: environment(),
    });
    // Pid 1 exits at EOF of this pipe: even a killed test runner leaves nothing behind.
    child.stdin.on('error', () => {});
    const said = await firstLine(child);
    const [word, outside] = said.split(' ');
    const inner = child.pid === undefined ? undefined : childrenOf(child.pid)[0];
    if (word !== 'ready' || inner === undefined) {
      child.kill('SIGKILL');
      throw new Error(`the pretend host did not start: ${said}`);
    }
    return new PretendHost(child, inner, outside ? Number(outside) : undefined);
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
    const running = this.spawn(argv, options);
    await options.during?.(running);
    return await running.result;
  }

  spawn(argv: readonly string[], options: RunOptions = {}): Running {
    const start = performance.now();
    // `env -i` as part of the command: tap wraps spawn() and adds NODE_OPTIONS to the environment that it is given.
    const variables = Object.entries(environment(options.env)).flatMap(([k, v]) =>
      v === undefined ? [] : [`${k}=${v}`],
    );
    const enter = ['-t', String(this.pid), '-n', '-m', '-u', '-i', '-p', '-r', '-w', '--'];
    const clean = ['setsid', 'env', '-i', '-C', options.cwd ?? '/', ...variables];
    const child = spawn('sh', ['-c', BEGIN, ...enter, ...clean, ...argv], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    // Looked at before it begins: of a quick command, on a busy machine, nothing would be left to look at.
    const outputs = outputsOf(child);
    (child.stdio[3] as Writable).on('error', () => {}).end('\n');
    child.stdin.on('error', () => {}); // EPIPE: the command may leave its input unread
    child.stdin.end(options.input ?? '');
    const signal = (name: NodeJS.Signals): boolean => signalGroup(child, name);
    const isStopped = (): boolean => isTracedAndStopped(child);
    return {
      child,
      signal,
      isStopped,
      result: outcome(child, outputs, start, options.timeout ?? 3 * PATIENCE),
    };
  }

  /** Runs a command on the other side of the uplink. */
  async runOutside(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
    if (this.outside === undefined) throw new Error('this pretend host has no uplink');
    return await this.run(['nsenter', '-t', String(this.outside), '-n', '--', ...argv], options);
  }

  async snapshot(): Promise<Snapshot> {
    return await takeSnapshot((argv, input) => this.run(argv, { input }));
  }

  /** Ends the host. Throws when a process of it is left, because later measurements would be wrong. */
  async destroy(): Promise<void> {
    if (this.#unshare.exitCode !== null || this.#unshare.signalCode !== null) return;
    const paths = ['pid', 'net', 'mnt'].map((kind) => `/proc/${this.pid}/ns/${kind}`);
    // Kept open during the check: the kernel reuses a freed inode number at once, perhaps for a namespace of another host.
    const held = paths.map((path) => openSync(path, 'r'));
    const namespaces = paths.map((path) => readlinkSync(path));
    try {
      const gone = new Promise((resolve) => this.#unshare.once('exit', resolve));
      // When pid 1 is killed, the kernel kills all processes of the pid namespace; pid 1 is reaped last.
      killQuietly(this.pid, 'SIGKILL');
      await gone;
      await nobodyIn(namespaces);
    } finally {
      for (const fd of held) closeSync(fd);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }
}

const UNSHARE = [
  '--net',
  '--mount',
  '--uts',
  '--ipc',
  '--pid',
  '--fork',
  '--kill-child=SIGKILL',
  '--mount-proc',
  '--propagation',
  'private',
];

/** Becomes nsenter when it is told to; `$0` is nsenter's first argument. */
const BEGIN = 'read -r _ <&3; exec nsenter "$0" "$@" 3<&-';

/** The script of pid 1. */
function pidOne(options: HostOptions): string {
  return [
    FOREIGN_MOUNTS,
    'set -e',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'mount -t sysfs sysfs /sys',
    // What one host leaves there another one would find.
    '[ ! -d /dev/shm ] || mount -t tmpfs -o mode=1777 tmpfs /dev/shm',
    options.tmp ? 'mount -t tmpfs -o mode=1777 tmpfs /tmp' : '',
    options.cgroups ? MOUNT_CGROUPS : '',
    'ip link set lo up',
    options.uplink ? UPLINK : 'outside=',
    'echo "ready $outside"',
    'set +e',
    // bash reaps orphaned processes, and exits when the test runner closes the pipe
    'while read -r _; do :; done',
  ].join('\n');
}

// First unmounts /run/netns and similar mounts of other programs: the copies in this mount namespace would keep the
// machine's namespaces alive, and would disappear from a snapshot when their owners remove the mount points. Never unmounts
// the file system of this repository.
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FOREIGN_MOUNTS = `
while read -r _ _ _ _ point _; do
  case $point in /run/*|/tmp/*|/var/tmp/*|/var/lib/docker/*) ;; *) continue ;; esac
  case "${REPOSITORY}" in "$point"/*) continue ;; esac
  umount -l "$point" 2>/dev/null
done < /proc/self/mountinfo`;

// addrgenmode none: a link-local address would be tentative for a second and differ between two snapshots.
const UPLINK = `
unshare --net sleep infinity <&- >/dev/null 2>&1 & outside=$!
until [ "$(< /proc/$outside/comm)" = sleep ]; do sleep 0.005; done # unshared, and nothing but itself any more
ip link add uplink type veth peer name downlink netns $outside
ip link set uplink addrgenmode none
ip addr add 203.0.113.2/24 dev uplink
ip link set uplink up
nsenter -t $outside -n ip -batch - <<END
link set downlink addrgenmode none
link set lo up
addr add 203.0.113.1/24 dev downlink
link set downlink up
END
ip route add default via 203.0.113.1
# the carrier comes a moment later, and the flags and routes that hang on it
for i in {1..5000}; do
  [ "$(< /sys/class/net/uplink/operstate)" = up ] && [ -n "$(ip -6 route show table all dev uplink)" ] && break
  sleep 0.005
done`;

/**
 * A minimal environment: NODE_EXTRA_CA_CERTS more than doubles Node's start time. With SHLVL, bash does not take itself for a
 * remote login (stdin is a socket: Node's pipes are) and does not read ~/.bashrc, which takes 180 ms with pyenv.
 */
function environment(extra: RunOptions['env'] = {}): NodeJS.ProcessEnv {
  const keep = ['PATH', 'HOME', 'LANG', 'TERM', 'NSLAB_CLI', 'NSLAB_DRIVER'];
  const own = Object.fromEntries(keep.map((name) => [name, process.env[name]]));
  return { ...own, SHLVL: '1', NO_COLOR: '1', ...extra };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let out = '';
  let err = '';
  child.stderr?.on('data', (data) => (err += data));
  return await new Promise((resolve) => {
    child.stdout?.on('data', (data) => {
      out += data;
      if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')).trim());
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => resolve(`${out}${err}`.trim() || 'it ended without a word'));
  });
}

async function outcome(
  child: ChildProcess,
  outputs: ReadonlySet<string>,
  start: number,
  timeout: number,
): Promise<Result> {
  let stdout = '';
  let stderr = '';
  let timedOut = false;
  child.stdout?.setEncoding('utf8').on('data', (data) => (stdout += data));
  child.stderr?.setEncoding('utf8').on('data', (data) => (stderr += data));
  const timer = setTimeout(() => {
    timedOut = true;
    signalGroup(child, 'SIGKILL');
    // nsenter reaps it and follows; killed itself, it would leave a zombie to the real machine's pid 1.
    setTimeout(() => child.kill('SIGKILL'), 30_000).unref();
  }, timeout);
  const closed = new Promise<boolean>((resolve) => child.once('close', () => resolve(true)));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve([code, signal]));
    child.once('error', reject);
  }).finally(() => clearTimeout(timer));
  const ms = performance.now() - start;
  // 'close' comes only when the last holder of the pipes is gone: a detached process that kept them would hold us here.
  const outputHeld = await isKept(outputs, closed);
  if (outputHeld) {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
  const status = code ?? 128 + (signal ? constants.signals[signal] : 0);
  return { status, signal, stdout, stderr, ms, timedOut, outputHeld };
}

/** The far ends of a command's stdout and stderr, as /proc names them. */
function outputsOf(child: ChildProcess): ReadonlySet<string> {
  return new Set([1, 2].map((fd) => linkOf(`/proc/${child.pid}/fd/${fd}`)).filter(Boolean));
}

/** Whether a process that does not end is seen, look after look, with one of these open; false when they are closed. */
async function isKept(outputs: ReadonlySet<string>, closed: Promise<boolean>): Promise<boolean> {
  for (let seen = 0; seen < 30; ) {
    if (await Promise.race([closed, sleep(100, false)])) return false;
    const states = statesOfHolders(outputs);
    // One that runs may be on its way out on a busy machine: it must be met far more often than one that rests.
    seen = states.length === 0 ? 0 : seen + (/[ST]/.test(states) ? 5 : 1);
  }
  return true;
}

/** `SR`: the states of all processes that have one of these open. */
function statesOfHolders(outputs: ReadonlySet<string>): string {
  return pids()
    .filter((pid) => filesOf(pid).some((fd) => outputs.has(linkOf(`/proc/${pid}/fd/${fd}`))))
    .map(stateOf)
    .join('');
}

function filesOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}

function pids(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** The command is nsenter's only child, and `setsid` gave it its own process group: nsenter is not signalled. */
function signalGroup(nsenter: ChildProcess, signal: NodeJS.Signals): boolean {
  const command = nsenter.pid === undefined ? undefined : childrenOf(nsenter.pid)[0];
  return command !== undefined && killQuietly(-command, signal);
}

function isTracedAndStopped(nsenter: ChildProcess): boolean {
  const strace = nsenter.pid === undefined ? undefined : childrenOf(nsenter.pid)[0];
  const traced = strace === undefined ? undefined : childrenOf(strace)[0];
  return stateOf(traced) === 't';
}

/** As /proc/PID/stat has it; empty when it is not yet there, or not any more. */
function stateOf(pid: string | number | undefined): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}

function killQuietly(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Processes that entered the host (nsenter) are outside its pid namespace and exit a moment later: waits up to 2 s. */
async function nobodyIn(namespaces: readonly string[]): Promise<void> {
  if (await eventually(() => processesIn(namespaces).length === 0)) return;
  throw new Error(`processes of a destroyed pretend host are left: ${processesIn(namespaces).join(', ')}`);
}

/** The pids of every process with one of these namespaces, in the machine's pid namespace. */
function processesIn(namespaces: readonly string[]): string[] {
  const wanted = new Set(namespaces);
  return pids().filter((pid) =>
    ['pid', 'net', 'mnt'].some((kind) => wanted.has(linkOf(`/proc/${pid}/ns/${kind}`))),
  );
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
