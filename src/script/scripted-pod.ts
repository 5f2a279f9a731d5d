import { join } from 'node:path';
import { type NetworkRecord, networkFile } from '../net/record.ts';
import type { Intent, Status, Wiring } from '../pod/record.ts';
import { type PodFiles, podFiles } from '../pod/store.ts';
import { type StoredSpec, workloadFiles } from '../pod/workload-record.ts';
import { OperationError } from '../sys/errors.ts';
import type { Written } from '../sys/file-tree.ts';
import type { Event } from '../transcript/event.ts';

/** Whose script it is to be: a pod, the transcript of its making, and the files that were written for it. */
export interface Source {
  /** The state directory. */
  readonly root: string;
  readonly name: string;
  readonly events: readonly Event[];
  readonly written: Written;
}

/** All that a script must know of a pod. */
export interface Story {
  readonly name: string;
  readonly intent: Intent;
  readonly wiring: Wiring | undefined;
  readonly network: NetworkRecord | undefined;
  /** What `ip` was told: outside, where the pair is made, and in the pod. The holder's pid reads `$holder`. */
  readonly outside: string | undefined;
  readonly inside: string | undefined;
  /** What `nft` was told for the pod's published ports. */
  readonly ports: string | undefined;
  /** In the order of their start. */
  readonly workloads: readonly Told[];
  /** Those that join somebody else's namespaces, whom a script of this pod does not have. */
  readonly strangers: readonly string[];
  readonly files: PodFiles;
  readonly written: Written;
}

/** A workload as it was started. */
export interface Told {
  readonly spec: StoredSpec;
  /** The busybox whose applets it has, and where. */
  readonly applets: { readonly busybox: string; readonly directory: string } | undefined;
  /** Where its /etc/hosts and the like are: on record, and in the script's own state. */
  readonly etc: { readonly from: string; readonly to: string } | undefined;
}

/** Reads a pod's story out of its transcript and its files. */
export function readStory({ root, name, events, written }: Source): Story {
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
  // What send(2) returns is how much it sent.
  const done = events.filter(({ channel, result, errno }) => (channel === 'netlink' ? !errno : result === 0));
  const batches = done.filter(({ channel }) => channel === 'ip' || channel === 'netlink');
  const batch = (step: Event['step']) =>
    batches
      .flatMap((event) => (event.step === step ? (event.input ?? []) : []))
      .join('')
      .replace(/ netns \d+$/gm, ' netns $holder') || undefined;
  const all = workloadsOf(events, files, written);
  const isOurs = ({ spec }: Told) =>
    Object.values(spec.origins).every((origin) => typeof origin !== 'object' || origin.of === name);
  const story: Story = {
    name,
    intent,
    wiring,
    network: wiring && readJson<NetworkRecord>(written, networkFile(root, wiring.network)),
    outside: batch('wire'),
    inside: batch('address'),
    ports: done.find(({ call, step }) => call === 'nft' && step === 'nat')?.input,
    workloads: all.filter(isOurs),
    strangers: all.filter((told) => !isOurs(told)).map(({ spec }) => spec.name),
    files,
    written,
  };
  refuseGaps(story);
  return story;
}

/** A disk that was full has cost the transcript lines: half a script would build half a pod. */
function refuseGaps({ name, intent, wiring, network, outside, inside, ports }: Story): void {
  const wants = (wiring && !(network && outside && inside)) || (intent.ports.length > 0 && !ports);
  if (wants) throw new OperationError(`the transcript of pod "${name}" has gaps: there is no script for it`);
}

/** Those that are still on record, in the order in which their shims were first started. */
function workloadsOf(events: readonly Event[], files: PodFiles, written: Written): Told[] {
  const told = new Map<string, Told>();
  for (const { channel, subject, argv = [] } of events) {
    if (channel !== 'spawn' || subject === undefined || argv[1] !== 'run' || told.has(subject)) continue;
    const paths = workloadFiles(files, subject);
    const spec = readJson<StoredSpec>(written, paths.spec);
    const { net } = spec?.origins ?? {};
    const own = { from: join(paths.directory, 'etc'), to: `etc.${subject}` };
    const etc = net === 'host' ? undefined : net === 'new' ? own : { from: files.etc, to: 'etc' };
    if (spec) told.set(subject, { spec, applets: appletsIn(argv), etc });
  }
  return [...told.values()];
}

function appletsIn(argv: readonly string[]): Told['applets'] {
  const at = argv.indexOf('--applets');
  if (at < 0 || at > argv.indexOf('--')) return undefined;
  const [busybox = '', directory = ''] = argv[at + 1]?.split(':') ?? [];
  return { busybox, directory };
}

function readJson<T>(written: Written, path: string): T | undefined {
  const content = written.read(path);
  return content && (JSON.parse(Buffer.from(content).toString('utf8')) as T);
}
