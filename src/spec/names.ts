import { InputError } from '../sys/errors.ts';

/** Words with another meaning where a name is expected: `--network host`, `network "default"`. */
const RESERVED = ['all', 'default', 'host', 'none'];

/**
 * Checks a name of a pod, workload or network: a DNS label (RFC 1123), as in Kubernetes. It becomes a host name, a file
 * name and an argument of `ip`, so no other character is safe.
 */
export function checkName(what: 'pod' | 'workload' | 'network', name: string): string {
  const hint = 'lower-case letters, digits and "-", beginning and ending with a letter or digit, at most 63';
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new InputError(`${JSON.stringify(name)} is not a name for a ${what}`, { hint });
  }
  if (RESERVED.includes(name))
    throw new InputError(`a ${what} cannot be called "${name}": the word is reserved`);
  return name;
}

/** Refuses an empty command, and NUL bytes: execve(2) ends a string at NUL. */
export function checkCommand(command: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  if (!command[0]) throw new InputError('there is no command to run');
  const words = [...command, ...Object.keys(env), ...Object.values(env)];
  if (words.some((word) => word.includes('\0'))) throw new InputError('a NUL cannot be passed to a program');
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
