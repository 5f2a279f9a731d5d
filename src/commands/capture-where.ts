import { closeSync } from 'node:fs';
import { askLinks, type LinkAnswer } from '../net/netlink-answers.ts';
import { type NetnsAtPath, openNetnsAt, runInside } from '../observe/open-netns.ts';
import { isPod } from '../pod/store.ts';
import type { Wiring } from '../spec/wiring.ts';
import { InputError, OperationError } from '../sys/errors.ts';
import type { Kernel } from '../sys/invoke.ts';
import { NetlinkSocket } from '../sys/netlink/socket.ts';
import { FROM, netnsPath } from './trace-source.ts';

/** Where packets are captured: a network namespace, and one of its links or all. */
export interface Where {
  readonly netns: NetnsAtPath;
  readonly links: readonly LinkAnswer[];
  readonly link: LinkAnswer | undefined;
  /** Whether what it was asked for is still there. A capture would keep the namespace of a pod that was taken down, and see nothing. */
  isThere(): boolean;
}

/** Opens WHERE: what FROM of `trace` can be, or a link of this host. The caller closes `netns.fd`. */
export function openWhere(kernel: Kernel, root: string, where: string, only: string | undefined): Where {
  const path = netnsPath(root, where);
  const netns = openNetnsAt(kernel, path ?? HERE);
  if (!netns) throw new OperationError(`there is no network namespace ${path}`, { hint: FROM });
  try {
    const socket = runInside(kernel, netns, () => ({ route: NetlinkSocket.open(kernel) })).route;
    const links = askLinks(socket, 'ip link show', 'the links on which packets can be captured');
    socket.close();
    if (path === undefined && only !== undefined) throw unknown(where);
    const name = path === undefined ? where : only;
    const link = links.find((each) => each.name === name);
    if (path === undefined && !link) throw unknown(where);
    if (name !== undefined && !link)
      throw new InputError(`${where} has no link "${name}"`, {
        hint: `one of ${links.map((each) => each.name).join(', ')}`,
      });
    const pod = path?.startsWith('/proc/') ? where.split('/')[0] : undefined;
    const isOfPod = pod !== undefined && isPod(root, pod);
    return { netns, links, link, isThere: () => !isOfPod || isPod(root, pod) };
  } catch (error) {
    closeSync(netns.fd);
    throw error;
  }
}

const HERE = '/proc/thread-self/ns/net';

function unknown(where: string): InputError {
  return new InputError(`no pod, workload, network namespace or link of this host is called "${where}"`, {
    hint: `${FROM}, or a link: see \`nslab map\``,
  });
}

/** What a link is for its reader: `pod web, veth to nsv… of this host`. */
export function describeLink(wiring: Wiring, inode: number, index: number): string {
  const place = wiring.places.find((each) => each.inode === inode);
  const found = place?.interfaces.find((each) => each.index === index);
  if (!place || !found) return '';
  const { kind, peer, master } = found;
  const far = peer === 'unreachable' ? undefined : wiring.places.find((each) => each.inode === peer?.inode);
  const to = far && peer && peer !== 'unreachable' ? ` to ${peer.name} of ${far.label}` : '';
  return `${place.label}: ${kind}${to}${master === null ? '' : `, port of ${master}`}`;
}
