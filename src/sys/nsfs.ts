import { NS_GET_NSTYPE, NS_GET_PARENT, NS_GET_USERNS } from './constants.ts';
import { errorCode } from './errors.ts';
import { invoke, type Kernel } from './invoke.ts';

/** A descriptor of the user namespace that owns the one behind `fd`. Throws EPERM when it is out of our sight. ioctl_nsfs(2) */
export function openOwner(kernel: Kernel, fd: number): number {
  return invoke(kernel, {
    name: 'ioctl',
    raw: [fd, NS_GET_USERNS],
    args: `${fd}, NS_GET_USERNS`,
    purpose: 'the user namespace that owns it',
  });
}

/** A descriptor of the parent of a pid or user namespace. Throws EPERM for the outermost that we may see. ioctl_nsfs(2) */
export function openParent(kernel: Kernel, fd: number): number {
  return invoke(kernel, {
    name: 'ioctl',
    raw: [fd, NS_GET_PARENT],
    args: `${fd}, NS_GET_PARENT`,
    purpose: 'its parent namespace',
  });
}

/** The kind of the namespace behind `fd`, as a flag of clone(2); undefined where it is no namespace. ioctl_nsfs(2) */
export function typeOfNamespace(kernel: Kernel, fd: number): number | undefined {
  try {
    return invoke(kernel, {
      name: 'ioctl',
      raw: [fd, NS_GET_NSTYPE],
      args: `${fd}, NS_GET_NSTYPE`,
      purpose: 'whether it is a network namespace',
    });
  } catch (error) {
    if (errorCode(error) === 'ENOTTY') return undefined;
    throw error;
  }
}
