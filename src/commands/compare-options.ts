import { InputError } from '../sys/errors.ts';

export interface CompareOptions {
  readonly output?: string;
  readonly docker?: string;
  readonly pod?: string;
  readonly save?: string;
  readonly saved?: string;
  readonly filename?: readonly string[];
  readonly image?: readonly string[];
  readonly allowHostPath?: boolean;
}

/** Refuses options that exclude each other. */
export function checkCombination(options: CompareOptions): void {
  const { docker, pod, save, saved, filename = [], image = [], allowHostPath } = options;
  if (filename.length > 0 && (docker ?? pod ?? save ?? saved) !== undefined)
    throw new InputError(
      '-f creates both pods and cannot be combined with --docker, --pod, --save or --saved',
    );
  if (image.length > 0 && filename.length === 0)
    throw new InputError('--image maps an image name of a manifest: it needs -f');
  if (allowHostPath && filename.length === 0)
    throw new InputError('--allow-host-path applies to a manifest: it needs -f');
  if (saved !== undefined && (docker !== undefined || save !== undefined))
    throw new InputError('--saved replaces the engine and cannot be combined with --docker or --save');
}

/** The names of three running containers. */
export function parseContainers({ docker }: CompareOptions): string[] | undefined {
  if (docker === undefined) return undefined;
  const names = docker.split(',').filter(Boolean);
  if (names.length === 3) return names;
  throw new InputError(`--docker "${docker}" does not name three containers`, {
    hint: 'pause (which keeps the namespaces), nginx, busybox: --docker pause,nginx,busybox',
  });
}

/** A pod, and optionally the names of its two workloads (default: the article's). */
export function parsePod({ pod }: CompareOptions): string[] | undefined {
  if (pod === undefined) return undefined;
  const names = pod.split(',').filter(Boolean);
  if (names.length === 1 || names.length === 3) return names;
  throw new InputError(`--pod "${pod}" names neither a pod nor a pod and two workloads of it`, {
    hint: '--pod NAME for a pod with workloads nginx and busybox, else --pod NAME,WORKLOAD,WORKLOAD',
  });
}
