import { BlockList, isIP } from 'node:net';
import { openIp } from '../net/ip.ts';
import { openNft } from '../net/nft.ts';
import { readDriver } from '../net/open-driver.ts';
import { prepareWindow } from '../ns/window.ts';
import { readWiring } from '../observe/read-wiring.ts';
import type { MapNetns, Wiring } from '../spec/wiring.ts';
import { openLibc } from '../sys/libc.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice } from './globals.ts';
import { knownProcesses } from './known-processes.ts';

/** Reads the wiring of this machine. Every query is an event, so `-v` prints it; it takes no lock and makes no directory. */
export async function loadWiring(all: boolean, globals: GlobalOptions): Promise<Wiring> {
  return await (await openWiring(globals))(all);
}

/** The same, for a reader that reads it again and again. `report`: what is said of a damaged record. */
export async function openWiring(
  globals: GlobalOptions,
  report: (line: string) => void = printNotice,
): Promise<(all: boolean) => Promise<Wiring>> {
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  await prepareWindow();
  const kernel = { libc: await openLibc(), transcript };
  const host = { kernel, ip: openIp(kernel, []), nft: openNft(transcript, []), driver: readDriver() };
  return (all) => readWiring(host, knownProcesses(globals, report), all);
}

/** The part of a wiring that concerns one pod: its namespace, the host's, and the links between the two. */
export function wiringAround({ places: namespaces, cables: links, unseen }: Wiring, pod: string): Wiring {
  const [host, ...others] = namespaces;
  const own = others.filter(({ whose }) => whose.some(({ by, name }) => by === 'pod' && name === pod));
  const inodes = new Set(own.map(({ inode }) => inode));
  const near = links.filter(({ ends }) => ends.some(({ inode }) => inodes.has(inode)));
  const far = new Set(
    links
      .filter((link) => !near.includes(link))
      .flatMap(({ ends }) => ends.map((end) => `${end.inode} ${end.index}`)),
  );
  const interfaces = host?.interfaces.filter(({ index }) => !far.has(`${host.inode} ${index}`)) ?? [];
  const nat = host?.nat.filter((sentence) => concerns(sentence, own)) ?? [];
  return { places: [...(host ? [{ ...host, interfaces, nat }] : []), ...own], cables: near, unseen };
}

/** Whether an address of these is, or lies in, one that the sentence names. A sentence without addresses concerns all. */
function concerns(sentence: string, own: readonly MapNetns[]): boolean {
  const addresses = own.flatMap(({ interfaces }) =>
    interfaces.filter(({ kind }) => kind !== 'loopback').flatMap((each) => each.addresses),
  );
  const named = [...sentence.matchAll(ADDRESS)];
  return named.length === 0 || named.some(([, address, prefix]) => contains(address, prefix, addresses));
}

/** `10.244.0.3`, `10.244.0.0/16`, `fd00::/64`. */
const ADDRESS = /(?<![\w.:])(\d+(?:\.\d+){3}|[\da-f]*:[\da-f:]*:[\da-f]*)(?:\/(\d+))?/gi;

function contains(address = '', prefix: string | undefined, own: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const [type, bits] = family === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const);
  const range = new BlockList();
  range.addSubnet(address, Math.min(bits, Number(prefix ?? bits)), type);
  return own.some((each) => {
    const [plain = ''] = each.split('/');
    return isIP(plain) === family && range.check(plain, type);
  });
}
