import { readMaybe, readProcLink } from '../sys/procfs.ts';

/** The IPv4 addresses that are local in a process's network namespace. */
export type LocalAddresses = (pid: number) => ReadonlySet<string>;

/**
 * Asks the kernel, by /proc/PID/net/fib_trie, which needs no window: once for each namespace. In its table of local routes each
 * address is a leaf (`|-- 10.244.0.2`) with the line `/32 host LOCAL`. net/ipv4/fib_trie.c: fib_trie_seq_show
 */
export function openLocalAddresses(): LocalAddresses {
  const known = new Map<string, ReadonlySet<string>>();
  return (pid) => {
    const namespace = readProcLink(`/proc/${pid}/ns/net`);
    if (namespace === undefined) return new Set();
    const found = known.get(namespace) ?? new Set(parse(readMaybe(`/proc/${pid}/net/fib_trie`) ?? ''));
    known.set(namespace, found);
    return found;
  };
}

function parse(text: string): string[] {
  return [...text.matchAll(/\|-- (\S+)\n +\/32 host LOCAL/g)].flatMap(([, address]) => address ?? []);
}
