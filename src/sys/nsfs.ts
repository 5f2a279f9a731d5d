import { NS_GET_PARENT, NS_GET_USERNS } from './constants.ts';
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
