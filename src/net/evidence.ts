import { endianness } from 'node:os';
import { basename } from 'node:path';
import { readMaybe, readProcLink } from '../sys/procfs.ts';
import { deviceExists } from './device.ts';

/**
 * What the kernel says of links of this machine right after `ip` has changed them. Read from /sys, because asking `ip`
 * once more would take longer than the change.
 */
export function linksNow(names: readonly string[]): string[] {
  return [...new Set(names)].map((name) => {
    if (!deviceExists(name)) return `${name}: no such link`;
    const fact = (file: string) => readMaybe(`/sys/class/net/${name}/${file}`)?.trim();
    const [index, peer] = [fact('ifindex'), fact('iflink')];
    const master = readProcLink(`/sys/class/net/${name}/master`);
    const facts = [
      `ifindex ${index}`,
      ...(peer === index ? [] : [`peer's ifindex ${peer}`]),
      `mtu ${fact('mtu')}`,
      `state ${fact('operstate')}`,
      ...(master === undefined ? [] : [`master ${basename(master)}`]),
    ];
    return `${name}: ${facts.join(', ')}`;
  });
}

/** The addresses and routes in the network namespace of a process, by its /proc, without entering it. proc_pid_net(5) */
export function addressesNow(pid: number): string[] {
  const trie = readMaybe(`/proc/${pid}/net/fib_trie`) ?? '';
  const local = [...trie.matchAll(/-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address);
  const [, ...lines] = (readMaybe(`/proc/${pid}/net/route`) ?? '').trim().split('\n');
  const where = readProcLink(`/proc/${pid}/ns/net`);
  return [
    `${where}: addresses ${[...new Set(local)].join(', ') || 'none'}`,
    ...lines.map((line) => `${where}: route ${routeOf(line.split('\t'))}`),
  ];
}

/** `eth0 0001F40A 00000000 … 0000FFFF`: device, destination, gateway and, as the eighth, the mask. */
function routeOf([device, destination = '', gateway = '', , , , , mask = '']: readonly string[]): string {
  const to = mask === '00000000' ? 'default' : `${dotted(destination)}/${ones(mask)}`;
  return `${to}${gateway === '00000000' ? '' : ` via ${dotted(gateway)}`} dev ${device}`;
}

/** An IPv4 address in /proc: the kernel prints the four bytes as one number of this machine. */
export function dotted(hex: string): string {
  const bytes = [...Buffer.from(hex, 'hex')];
  return (endianness() === 'LE' ? bytes.reverse() : bytes).join('.');
}

function ones(hex: string): number {
  return [...Number.parseInt(hex, 16).toString(2)].filter((bit) => bit === '1').length;
}
