import { openIp } from '../net/ip.ts';
import { openNft } from '../net/nft.ts';
import { prepareWindow } from '../ns/window.ts';
import { readWiring } from '../observe/read-wiring.ts';
import type { Wiring } from '../observe/wiring.ts';
import { json } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { openLibc } from '../sys/libc.ts';
import { Diary } from '../transcript/diary.ts';
import { checkFormat } from './format.ts';
import { attachSinks, type GlobalOptions, say } from './globals.ts';
import { knownProcesses } from './known.ts';

/** `nslab map`: who is wired to whom, as text or as a picture. */
export async function map(
  options: { all?: boolean; output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'mermaid', 'dot', 'svg', 'json']);
  const wiring = await look(options.all ?? false, globals);
  process.stdout.write(await RENDER[format](wiring, globals));
  for (const sentence of wiring.unseen) say(sentence);
  return 0;
}

/** Through the doors, so that `-v` shows each thing that is asked; but takes no lock, and makes no directory. */
async function look(all: boolean, globals: GlobalOptions): Promise<Wiring> {
  const diary = new Diary();
  await attachSinks(diary, globals);
  await prepareWindow();
  const kernel = { libc: await openLibc(), diary };
  const doors = { kernel, ip: openIp(kernel, []), nft: openNft(diary, []) };
  return readWiring(doors, knownProcesses(globals), all);
}

const RENDER = {
  json: async (wiring: Wiring) => json({ kind: 'Wiring', ...wiring }),
  text: async (wiring: Wiring, { color }: GlobalOptions) =>
    (await import('../render/wiring/tree.ts')).wiringTree(wiring, palette(process.stdout, color)),
  mermaid: async (wiring: Wiring) => (await import('../render/wiring/mermaid.ts')).wiringMermaid(wiring),
  dot: async (wiring: Wiring) => (await import('../render/wiring/dot.ts')).wiringDot(wiring),
  svg: async (wiring: Wiring) => (await import('../render/wiring/svg.ts')).wiringSvg(wiring),
};
