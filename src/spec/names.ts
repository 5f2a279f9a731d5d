import { InputError } from '../sys/errors.ts';

/** Words with another meaning where a pod or a network is expected: `--network host`, `network "default"`. */
const RESERVED = ['all', 'default', 'host', 'none'];

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const POD_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
/** The longest name of a pod: with an instance's id it is a file name and a link's alias. */
const MAX_POD_NAME = 200;

/** The namespace of what names none. Its pods are called by their bare names. */
export const DEFAULT_NAMESPACE = 'default';

/** What an object of a namespace is called on this machine: `web`, and in another namespace than the default one `lab@web`. */
export function qualifiedName(namespace: string, name: string): string {
  return namespace === DEFAULT_NAMESPACE ? name : `${namespace}@${name}`;
}

/** The namespace of a pod by its qualified name, and the name that it has there. */
export function splitName(pod: string): { readonly namespace: string; readonly name: string } {
  const at = pod.indexOf('@');
  return at < 0
    ? { namespace: DEFAULT_NAMESPACE, name: pod }
    : { namespace: pod.slice(0, at), name: pod.slice(at + 1) };
}

/**
 * Checks a name of a pod, workload, network or namespace: as in Kubernetes a DNS label (RFC 1123), and for a pod a subdomain. It
 * becomes a file name and an argument of `ip`, so no other character is safe. A pod's can have its namespace in front: `lab@web`.
 */
export function checkName(what: 'pod' | 'workload' | 'network' | 'namespace', name: string): string {
  const isPod = what === 'pod';
  const own = isPod ? splitName(name) : { namespace: DEFAULT_NAMESPACE, name };
  const isRight = LABEL.test(own.namespace) && (isPod ? POD_NAME : LABEL).test(own.name);
  // `default@web` is `web`: one pod has one name.
  if (!isRight || qualifiedName(own.namespace, own.name) !== name || name.length > MAX_POD_NAME) {
    const edges = 'beginning and ending with a letter or digit';
    const hint = isPod
      ? `lower-case letters, digits, "-" and ".", ${edges}, at most ${MAX_POD_NAME}`
      : `lower-case letters, digits and "-", ${edges}, at most 63`;
    throw new InputError(`${JSON.stringify(name)} is not a name for a ${what}`, { hint });
  }
  if ((what === 'pod' || what === 'network') && RESERVED.includes(name))
    throw new InputError(`a ${what} cannot be called "${name}": the word is reserved`);
  return name;
}

/** The host name of a pod that sets none: its name, cut to what a label of the DNS may have, as the kubelet does. */
export function hostnameOf(pod: string): string {
  return splitName(pod)
    .name.slice(0, 63)
    .replace(/[-.]+$/, '');
}

/** The kernel's MAX_ARG_STRLEN and, with the usual stack of 8 MB, its ARG_MAX. execve(2) */
const MAX_STRING = 128 * 1024;
const MAX_STRINGS = 2 * 1024 * 1024;

/** Refuses an empty command, and what execve(2) cannot pass: a NUL, and what is too long. */
export function checkCommand(command: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  if (!command[0]) throw new InputError('there is no command to run');
  const words = [...command, ...Object.keys(env), ...Object.values(env)];
  if (words.some((word) => word.includes('\0'))) throw new InputError('a NUL cannot be passed to a program');
  const strings = [...command, ...Object.entries(env).map((pair) => pair.join('='))];
  const sizes = strings.map((text) => Buffer.byteLength(text) + 1);
  const longest = Math.max(...sizes);
  if (longest > MAX_STRING)
    throw new InputError(
      `${kindOf(sizes.indexOf(longest), command)} has ${longest - 1} bytes, and the kernel passes at most ${MAX_STRING - 1} (execve)`,
    );
  const all = sizes.reduce((sum, size) => sum + size + 8, 0);
  if (all > MAX_STRINGS)
    throw new InputError(
      `arguments and environment have ${all} bytes, and the kernel passes at most ${MAX_STRINGS} (execve)`,
    );
}

function kindOf(index: number, command: readonly string[]): string {
  return index < command.length ? `argument ${index}` : 'a variable of the environment';
}

/** Checks a host name: labels joined by dots, at most 64 characters (the kernel's HOST_NAME_MAX). */
export function checkHostname(name: string): string {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
  if (name.length > 64 || !name.split('.').every((part) => label.test(part))) {
    throw new InputError(`${JSON.stringify(name)} is not a host name`, {
      hint: 'letters, digits, "-" and ".", at most 64',
    });
  }
  return name;
}
