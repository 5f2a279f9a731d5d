import * as z from 'zod/mini';
import type { NetworkSpec } from '../spec/network-spec.ts';
import { type InterfaceSpec, NETNS_NAMES, type PodSpec, SHARE_KINDS } from '../spec/pod-spec.ts';
import { type PortMapping, parsePorts } from '../spec/port.ts';
import { checkVolume, parseVolume } from '../spec/volume.ts';
import type { Origin, VolumeMount, WorkloadSpec } from '../spec/workload-spec.ts';
import type { ExecOptions, LogOptions, ManifestOptions, Options } from './options.ts';
import { byType, choose, given, map, options, refuse, type Schema } from './validate.ts';
import * as values from './values.ts';

// One schema a call. What a program may write is in options.ts; what comes out of these are the specs that nslab works with.

const { abortSignal, COMMON, cwd, duration, env, user } = values;
const text = z.optional(z.string());
const flag = z.optional(z.boolean());
const number = z.optional(z.number());
const texts = z.optional(z.array(z.string()));

const named = map(z.looseObject({ name: z.string() }), ({ name }) => name);

/** A name, or an object that has one: a Network. */
const network: Schema<string> = byType('the name of a network or a Network', {
  string: z.string(),
  object: named,
});

/** Of a plain object the keys are checked; any other object is a Network. */
const podInterface: Schema<string | InterfaceSpec> = byType(
  'the name of a network, a Network or an interface',
  {
    string: z.string(),
    object: choose<string | InterfaceSpec>((value) =>
      Object.getPrototypeOf(value) === Object.prototype ? plainInterface : named,
    ),
  },
);

const plainInterface = options({ name: network, ip: text, interface: text }) as Schema<InterfaceSpec>;

const protocol = z._default(z.enum(['tcp', 'udp']), 'tcp');

const port: Schema<readonly PortMapping[]> = byType('a text such as "8080:80" or an object', {
  string: map(z.string(), parsePorts),
  object: map(options({ hostPort: z.number(), podPort: z.number(), hostIP: text, protocol }), (mapping) => [
    mapping as PortMapping,
  ]),
});

const netnsName = z.optional(z.enum(NETNS_NAMES));

const POD = {
  name: z.string(),
  network: z.optional(
    choose<string | readonly (string | InterfaceSpec)[]>((value) =>
      Array.isArray(value) ? z.array(podInterface) : network,
    ),
  ),
  netns: text,
  netnsName,
  ip: text,
  ports: z.optional(map(z.array(port), (ports) => ports.flat())),
  share: z.optional(z.array(z.enum(SHARE_KINDS))),
  hostname: text,
  fqdn: text,
  hostAliases: z.optional(z.array(options({ ip: z.string(), hostnames: z.array(z.string()) }))),
  resolver: z.optional(
    options({
      base: z.enum(['host', 'none']),
      nameservers: z.array(z.string()),
      searches: z.array(z.string()),
      options: z.array(z.string()),
    }),
  ),
  sysctls: z.optional(z.record(z.string(), z.string())),
  volumes: z.optional(z.array(options({ name: z.string(), options: z.string() }))),
  files: z.optional(
    z.array(
      options({
        path: z.string(),
        content: z.optional(z.union([z.string(), z.instanceof(Uint8Array)])),
        mode: z.number(),
        gid: number,
      }),
    ),
  ),
};

/** The options that a call takes beside what it makes. */
type With<T> = Options & T;

export const podSpecs = z.array(options(POD)) as Schema<readonly PodSpec[]>;
export const podOptions = options({ ...POD, ...COMMON }) as Schema<With<PodSpec>>;

export const networkOptions = options({
  name: z.string(),
  type: z.optional(z.enum(['bridge', 'ptp'])),
  subnet: text,
  mtu: number,
  onDemand: flag,
  ...COMMON,
}) as Schema<With<NetworkSpec>>;

export const common = options(COMMON) as Schema<Options>;

export const manyOptions = options({
  ...COMMON,
  each: z.optional(given('a function', (value) => typeof value === 'function')),
}) as Schema<Options & { readonly each?: unknown }>;

export const manifestOptions = options({
  ...COMMON,
  network: z.optional(network),
  netnsName,
  allowHostPath: flag,
  ignoreUnsupported: flag,
  images: texts,
}) as Schema<ManifestOptions & { readonly network?: string }>;

const volume: Schema<VolumeMount> = byType('a text such as "/srv:/data:ro" or an object', {
  string: map(z.string(), parseVolume),
  object: map(
    options({
      source: z.string(),
      target: z.string(),
      readOnly: z._default(z.boolean(), false),
      from: z.optional(z.enum(['host', 'holder', 'files'])),
    }) as Schema<VolumeMount>,
    (mount) => checkVolume(mount),
  ),
});

const origin: Schema<Origin> = byType<Origin>('new, host or { of: NAME }', {
  string: z.enum(['new', 'host']),
  object: options({ of: z.string() }),
});

const handler = options({
  when: z.enum(['post-start', 'pre-stop', 'startup', 'liveness', 'readiness']),
  action: z.union([
    options({ exec: values.command }),
    options({ tcp: z.string() }),
    options({ http: z.string(), headers: z.array(z.string()) }),
    options({ sleep: duration }),
  ]),
  delay: z.optional(duration),
  period: z.optional(duration),
  timeout: z.optional(duration),
  grace: z.optional(duration),
  success: number,
  failure: number,
});

export const workloadOptions = options({
  name: z.string(),
  command: values.command,
  origins: z.optional(z.partialRecord(z.enum(SHARE_KINDS), origin)),
  env: z.optional(env),
  cwd: z.optional(cwd),
  user: z.optional(user),
  volumes: z.optional(z.array(volume)),
  privileged: flag,
  restart: z.optional(z.enum(['no', 'on-failure', 'always'])),
  mostRestarts: number,
  stopSignal: z.optional(values.signalNumber),
  openInput: flag,
  grace: z.optional(duration),
  groups: z.optional(z.array(z.number())),
  capabilities: text,
  noNewPrivileges: flag,
  readOnlyRoot: flag,
  directories: texts,
  limits: z.optional(options({ memory: z.optional(values.size), cpu: z.optional(values.processors) })),
  handlers: z.optional(z.array(handler)),
  deadline: z.optional(duration),
}) as unknown as Schema<
  Omit<WorkloadSpec, 'origins'> & { readonly origins?: Partial<WorkloadSpec['origins']> }
>;

const LIMIT = { timeout: z.optional(duration), signal: z.optional(abortSignal) };

export const limit = options(LIMIT) as Schema<Limits>;

/** What ends a call early; `timeout` in seconds. */
export interface Limits {
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const SPAWN = {
  ...LIMIT,
  workload: text,
  env: z.optional(env),
  cwd: z.optional(cwd),
  user: z.optional(user),
  tty: flag,
  privileged: flag,
};

/** How a command runs. */
export type Spawning = Limits &
  Omit<ExecOptions, 'user' | keyof Limits> & { readonly user?: string | undefined };

const input = given<NonNullable<ExecOptions['stdin']>>(
  'a string, bytes or a readable stream',
  (value) =>
    typeof value === 'string' ||
    value instanceof Uint8Array ||
    typeof (value as Partial<NodeJS.ReadableStream>)?.pipe === 'function',
);

export const { command, signalName: signal } = values;
export const spawnOptions = withWorkload(options(SPAWN));
export const execOptions = withWorkload(options({ ...SPAWN, stdin: z.optional(input) }));

/** The name of a workload was the second argument once. */
function withWorkload(schema: Schema<unknown>): Schema<Spawning> {
  return byType('an object', {
    object: schema as Schema<Spawning>,
    string: refuse((name) => ` is a string; write { workload: ${JSON.stringify(name)} }`),
  });
}

export const logOptions = options({
  follow: flag,
  tail: number,
  signal: z.optional(abortSignal),
  since: z.optional(
    refuse(() => ': when a line was written is not known: the workload writes its log itself'),
  ),
}) as Schema<LogOptions>;

export const stopOptions = options({ grace: z.optional(duration) });
export const removeOptions = options({ force: flag });
export const name = z.string();
