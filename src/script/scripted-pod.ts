import { join } from 'node:path';
import { type NetworkRecord, networkFile } from '../net/record.ts';
import type { Intent, Status, Wiring } from '../pod/record.ts';
import { type PodFiles, podFiles } from '../pod/store.ts';
import { type StoredSpec, workloadFiles } from '../pod/workload-record.ts';
import { OperationError } from '../sys/errors.ts';
import type { Written } from '../sys/file-tree.ts';
import type { Event } from '../transcript/event.ts';

/** The pod to script: its transcript, and the files that were written for it. */
export interface Source {
  /** The state directory. */
  readonly root: string;
  readonly name: string;
  readonly events: readonly Event[];
  readonly written: Written;
}

/** The data of one pod from which its script is generated. */
export interface ScriptedPod {
  readonly name: string;
  readonly intent: Intent;
  readonly wiring: readonly Wiring[];
  /** Those that the pod is in, in the order of its interfaces. */
  readonly networks: readonly NetworkRecord[];
  /** Input of `ip -batch`: on the host, where the veth pairs are created, and in the pod. The holder's pid is `$holder`. */
  readonly outside: string | undefined;
  readonly inside: string | undefined;
  /** Input of `nft -f -` for the published ports. */
  readonly ports: string | undefined;
  /** In start order. */
  readonly workloads: readonly ScriptedWorkload[];
  /** Workloads that join the namespaces of another pod or workload, which the script cannot create. */
  readonly leftOut: readonly string[];
  readonly files: PodFiles;
  readonly written: Written;
}

/** A workload as it was started. */
export interface ScriptedWorkload {
  readonly spec: StoredSpec;
  /** The busybox binary, and the directory of its applet links. */
  readonly applets: { readonly busybox: string; readonly directory: string } | undefined;
  /** The directory of its /etc/hosts, hostname and resolv.conf: in nslab's state, and in the script's state. */
  readonly etc: { readonly from: string; readonly to: string } | undefined;
}

/** Reads a pod's data from its transcript and its files. */
export function readScriptedPod({ root, name, events, written }: Source): ScriptedPod {
  const files = podFiles(root, name);
  const intent = readJson<Intent>(written, files.intent);
  const status = readJson<Status>(written, files.status);
  if (!intent || !status) throw new OperationError(`pod "${name}" is not whole: there is no script for it`);
  if (!intent.holder) {
    throw new OperationError(`workload "${name}" has joined no pod: there is no script for it`, {
      hint: 'a script is made of a pod: `nslab hold`, or `nslab up -f`',
    });
  }
  const { wiring } = status;
  // The result of a netlink event is the number of bytes sent.
  const done = events.filter(({ channel, result, errno }) => (channel === 'netlink' ? !errno : result === 0));
  const batches = done.filter(({ channel }) => channel === 'ip' || channel === 'netlink');
  const batch = (step: Event['step']) =>
    batches
      .flatMap((event) =>
        event.step === step && event.input ? withPurposes(event.input, event.purpose) : [],
      )
      .join('')
      .replace(/ netns \d+$/gm, ' netns $holder') || undefined;
  const all = workloadsOf(events, files, written);
  const isOurs = ({ spec }: ScriptedWorkload) =>
    Object.values(spec.origins).every((origin) => typeof origin !== 'object' || origin.of === name);
  const pod: ScriptedPod = {
    name,
    intent,
    wiring,
    networks: wiring.flatMap(
      ({ network }) => readJson<NetworkRecord>(written, networkFile(root, network)) ?? [],
    ),
    outside: batch('wire'),
    inside: batch('address'),
    ports: done.find(({ call, step }) => call === 'nft' && step === 'nat')?.input,
    workloads: all.filter(isOurs),
    leftOut: all.filter((workload) => !isOurs(workload)).map(({ spec }) => spec.name),
    files,
    written,
  };
  refuseGaps(pod);
  return pod;
}

/** The lines of a batch, each below a comment with its purpose: `ip -batch` skips what follows a `#`. */
export function withPurposes(batch: string, purposes: string): string {
  const said = purposes.split('\n');
  return batch
    .trimEnd()
    .split('\n')
    .map((line, at) => `# ${said[at]}\n${line}\n`)
    .join('');
}

/** A full disk loses lines of the transcript. A script made from the rest would build only part of the pod. */
function refuseGaps({ name, intent, wiring, networks, outside, inside, ports }: ScriptedPod): void {
  const isWired = networks.length === wiring.length && outside && inside;
  const isIncomplete = (wiring.length > 0 && !isWired) || (intent.ports.length > 0 && !ports);
  if (isIncomplete)
    throw new OperationError(`the transcript of pod "${name}" has gaps: there is no script for it`);
}

/** The workloads that still have a record, in the order in which their shims were first started. */
function workloadsOf(events: readonly Event[], files: PodFiles, written: Written): ScriptedWorkload[] {
  const found = new Map<string, ScriptedWorkload>();
  for (const { channel, subject, argv = [] } of events) {
    if (channel !== 'spawn' || subject === undefined || argv[1] !== 'run' || found.has(subject)) continue;
    const paths = workloadFiles(files, subject);
    const spec = readJson<StoredSpec>(written, paths.spec);
    const { net } = spec?.origins ?? {};
    const own = { from: join(paths.directory, 'etc'), to: `etc.${subject}` };
    const etc = net === 'host' ? undefined : net === 'new' ? own : { from: files.etc, to: 'etc' };
    if (spec) found.set(subject, { spec, applets: appletsIn(argv), etc });
  }
  return [...found.values()];
}

function appletsIn(argv: readonly string[]): ScriptedWorkload['applets'] {
  const at = argv.indexOf('--applets');
  if (at < 0 || at > argv.indexOf('--')) return undefined;
  const [busybox = '', directory = ''] = argv[at + 1]?.split(':') ?? [];
  return { busybox, directory };
}

function readJson<T>(written: Written, path: string): T | undefined {
  const content = written.read(path);
  return content && (JSON.parse(Buffer.from(content).toString('utf8')) as T);
}
