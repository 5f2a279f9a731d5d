import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodFile, PodSpec } from '../spec/pod-spec.ts';
import { podNames, readPod } from './store.ts';
import { podState } from './view.ts';

/**
 * In what a pod that is there differs from one that is wanted, a line each; none when it is as wanted and runs.
 * Undefined: there is no pod of that name.
 */
export function differences(root: string, wanted: PodSpec): string[] | undefined {
  if (!podNames(root).includes(wanted.name)) return undefined;
  const pod = readPod(root, wanted.name);
  const { manifest, network } = pod.intent;
  const state = podState(pod);
  if (manifest === undefined) return ['it was not made from a manifest'];
  return [
    ...(state === 'running' ? [] : [`its state is: ${state}`]),
    ...(network === wanted.network ? [] : [`network: ${network} → ${wanted.network}`]),
    ...unlike(plain(manifest), plain(wanted.manifest), ''),
    ...(wanted.files ?? []).flatMap((file) => changedFile(pod.files.files, file)),
  ];
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
  return [`the content of ${path}`];
}
