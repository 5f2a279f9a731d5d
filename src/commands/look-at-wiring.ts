import { openIp } from '../net/ip.ts';
import { openNft } from '../net/nft.ts';
import { readDriver } from '../net/open-driver.ts';
import { prepareWindow } from '../ns/window.ts';
import { readWiring } from '../observe/read-wiring.ts';
import type { Wiring } from '../spec/wiring.ts';
import { openLibc } from '../sys/libc.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions } from './globals.ts';
import { knownProcesses } from './known.ts';

/** Through a `Host`, so that `-v` shows each question; it takes no lock and makes no directory. */
export async function lookAtWiring(all: boolean, globals: GlobalOptions): Promise<Wiring> {
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  await prepareWindow();
  const kernel = { libc: await openLibc(), transcript };
  const host = { kernel, ip: openIp(kernel, []), nft: openNft(transcript, []), driver: readDriver() };
  return readWiring(host, knownProcesses(globals), all);
}

/** Of all that is wired what concerns one pod: itself, this host, and the cables between the two. */
export function around({ places, cables, unseen }: Wiring, pod: string): Wiring {
  const [host, ...others] = places;
  const own = others.filter(({ whose }) => whose.some(({ by, name }) => by === 'pod' && name === pod));
  const inodes = new Set(own.map(({ inode }) => inode));
  const near = cables.filter(({ ends }) => ends.some(({ inode }) => inodes.has(inode)));
  const far = new Set(
    cables
      .filter((cable) => !near.includes(cable))
      .flatMap(({ ends }) => ends.map((end) => `${end.inode} ${end.index}`)),
  );
  const interfaces = host?.interfaces.filter(({ index }) => !far.has(`${host.inode} ${index}`)) ?? [];
  return { places: [...(host ? [{ ...host, interfaces }] : []), ...own], cables: near, unseen };
}
