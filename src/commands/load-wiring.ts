import { openIp } from '../net/ip.ts';
import { openNft } from '../net/nft.ts';
import { readDriver } from '../net/open-driver.ts';
import { prepareWindow } from '../ns/window.ts';
import { readWiring } from '../observe/read-wiring.ts';
import type { Wiring } from '../spec/wiring.ts';
import { openLibc } from '../sys/libc.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions } from './globals.ts';
import { knownProcesses } from './known-processes.ts';

/** Reads the wiring of this machine. Every query is an event, so `-v` prints it; it takes no lock and makes no directory. */
export async function loadWiring(all: boolean, globals: GlobalOptions): Promise<Wiring> {
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  await prepareWindow();
  const kernel = { libc: await openLibc(), transcript };
  const host = { kernel, ip: openIp(kernel, []), nft: openNft(transcript, []), driver: readDriver() };
  return readWiring(host, knownProcesses(globals), all);
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
  return { places: [...(host ? [{ ...host, interfaces }] : []), ...own], cables: near, unseen };
}
