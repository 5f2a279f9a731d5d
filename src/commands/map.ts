import { json } from '../render/output.ts';
import { type Palette, palette } from '../render/palette.ts';
import type { Wiring } from '../spec/wiring.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { loadWiring } from './load-wiring.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

/** `nslab map`: network namespaces and the links between them, as text, a picture or JSON. */
export async function map(
  options: { all?: boolean; output?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'text', ['text', 'mermaid', 'dot', 'svg', 'json']);
  const wiring = await loadWiring(options.all ?? false, globals);
  const colors = palette(process.stdout, globals.color);
  print(await RENDER[format](wiring, colors), format === 'text' ? colors : undefined);
  for (const sentence of wiring.unseen) printNotice(sentence);
  return 0;
}

const RENDER = {
  json: async (wiring: Wiring) => json({ kind: 'Wiring', ...wiring }),
  text: async (wiring: Wiring, colors: Palette) =>
    (await import('../render/wiring/tree.ts')).wiringTree(wiring, colors),
  mermaid: async (wiring: Wiring) => (await import('../render/wiring/mermaid.ts')).wiringMermaid(wiring),
  dot: async (wiring: Wiring) => (await import('../render/wiring/dot.ts')).wiringDot(wiring),
  svg: async (wiring: Wiring) => (await import('../render/wiring/svg.ts')).wiringSvg(wiring),
};
