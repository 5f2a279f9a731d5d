import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodFile } from '../spec/pod-spec.ts';
import type { PodPlan, WorkloadSpec } from '../spec/workload-spec.ts';
import { interfacesOf } from './interfaces.ts';
import { addressesOf, type Intent, networkOf } from './record.ts';
import { type PodRecord, podNames, readPod } from './store.ts';
import { isStanding, podState, seePod } from './view.ts';
import { readWorkload } from './workload-record.ts';

/**
 * In what a pod that is there differs from one that is wanted, a line each; none when it is as wanted and runs.
 * Undefined: there is no pod of that name.
 */
export function podDifferences(root: string, plan: PodPlan): string[] | undefined {
  const { spec: wanted } = plan;
  if (!podNames(root).includes(wanted.name)) return undefined;
  const pod = readPod(root, wanted.name);
  const { manifest } = pod.intent;
  const [is, wants] = [networksIn(pod.intent), networksIn(interfacesOf(pod.intent.instance.id, wanted))];
  const [wasNamed, named] = [pod.intent.pinned ? 'attach' : 'link', wanted.netnsName ?? 'link'];
  if (manifest === undefined) return ['it was not made from a manifest'];
  const found = [
    ...(isStanding(pod) ? [] : [`its state is: ${podState(pod, seePod(pod))}`]),
    ...(is === wants ? [] : [`network: ${is} → ${wants}`]),
    ...(wasNamed === named ? [] : [`the name for ip netns: ${wasNamed} → ${named}`]),
    ...unlike(plain(manifest), plain(wanted.manifest), ''),
    ...(wanted.files ?? []).flatMap((file) => changedFile(pod.files.files, file)),
  ];
  return found.length > 0 ? found : otherImages(pod, plan);
}

/** Where the manifest is the same, and its images mean something else by now: `--image` says what they are on this machine. */
function otherImages({ files, status }: PodRecord, plan: PodPlan): string[] {
  return plan.workloads(addressesOf(status)[0], status?.wiring[0]?.gateway).flatMap((wanted) => {
    const is = readWorkload(files, wanted.name)?.spec;
    return is ? unlike(plain(ofImage(is)), plain(ofImage(wanted)), `container ${wanted.name}`) : [];
  });
}

function ofImage({ rootfs, command, cwd, user }: WorkloadSpec) {
  return { rootfs, command, cwd, user };
}

/** The networks, and in the pod's words what else was wanted of an interface: its name and address. */
function networksIn(intent: Pick<Intent, 'interfaces' | 'hostNetwork'>): string {
  const parts = intent.interfaces.map(({ network, name, ip }, place) =>
    [network, ...(name === `eth${place}` ? [] : [`interface=${name}`]), ...(ip ? [`ip=${ip}`] : [])].join(
      ':',
    ),
  );
  return parts.join(', ') || networkOf(intent);
}

/** As it is once it has been written down and read again. */
function plain(document: object | undefined): unknown {
  return JSON.parse(JSON.stringify(document ?? {}));
}

function unlike(is: unknown, wanted: unknown, path: string): string[] {
  if (isObject(is) && isObject(wanted)) {
    const keys = [...new Set([...Object.keys(is), ...Object.keys(wanted)])];
    return keys.flatMap((key) => {
      const step = Array.isArray(is) ? `[${key}]` : path === '' ? key : `.${key}`;
      return unlike(is[key], wanted[key], path + step);
    });
  }
  return is === wanted ? [] : [`${path}: ${word(is)} → ${word(wanted)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function word(value: unknown): string {
  return value === undefined ? '(not there)' : JSON.stringify(value);
}

/** Its content is not told: it may be a secret. */
function changedFile(directory: string, { path, content }: PodFile): string[] {
  if (content === undefined) return [];
  try {
    if (readFileSync(join(directory, path)).equals(Buffer.from(content))) return [];
  } catch {
    // Not there: then it is not as wanted either.
  }
  return [`the content of ${path.replace('/..data/', '/')}`];
}
