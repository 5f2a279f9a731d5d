import { json } from '../render/output.ts';
import { type Palette, palette } from '../render/palette.ts';
import type { Wiring } from '../spec/wiring.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { loadWiring } from './load-wiring.ts';
import { checkFormat } from './output-format.ts';
import { print } from './print.ts';

export interface MapOptions {
  readonly all?: boolean;
  readonly output?: string;
  readonly watch?: boolean;
  readonly serve?: string;
}

/** `nslab map`: network namespaces and the links between them, as text, a picture or JSON; with `--watch` again after each change. */
export async function map(options: MapOptions, globals: GlobalOptions): Promise<number> {
  const { all = false, watch, serve } = options;
  const format = checkFormat(options.output ?? (serve === undefined ? 'text' : 'svg'), FORMATS);
  if (watch || serve !== undefined)
    return await (await import('./map-watch.ts')).watchMap({ all, serve, format }, globals);
  const wiring = await loadWiring(all, globals);
  const colors = palette(process.stdout, globals.color);
  print(await RENDER[format](wiring, colors), format === 'text' ? colors : undefined);
  for (const sentence of wiring.unseen) printNotice(sentence);
  return 0;
}

const FORMATS = ['text', 'mermaid', 'dot', 'svg', 'json'] as const;

const RENDER = {
  json: async (wiring: Wiring) => json({ kind: 'Wiring', ...wiring }),
  text: async (wiring: Wiring, colors: Palette) =>
    (await import('../render/wiring/tree.ts')).wiringTree(wiring, colors),
  mermaid: async (wiring: Wiring) => (await import('../render/wiring/mermaid.ts')).wiringMermaid(wiring),
  dot: async (wiring: Wiring) => (await import('../render/wiring/dot.ts')).wiringDot(wiring),
  svg: async (wiring: Wiring) => (await import('../render/wiring/svg.ts')).wiringSvg(wiring),
};
