import { jsonLine } from '../../render/output.ts';
import type { Palette } from '../../render/palette.ts';
import { wiringSvg } from '../../render/wiring/svg.ts';
import { wiringTree } from '../../render/wiring/tree.ts';
import type { Wiring } from '../../spec/wiring.ts';
import { printLine, printPaced } from '../print.ts';
import type { ServeAddress } from './address.ts';
import { openMapServer } from './server.ts';
import { openTerminal } from './terminal.ts';

/** Where maps are shown. Only one that looks different from the last is. */
export interface MapOutput {
  render(wiring: Wiring): string;
  show(rendered: string): Promise<void> | void;
  close(): Promise<void> | void;
}

/** In browsers of this machine. Prints where. */
export async function openBrowserOutput(address: ServeAddress): Promise<MapOutput> {
  const { url, show, close } = await openMapServer(address);
  printLine(url);
  return { render: wiringSvg, show, close };
}

/** A line of JSON each, for a program. */
export function openJsonOutput(): MapOutput {
  return {
    render: (wiring) => jsonLine({ apiVersion: 'nslab/v1', kind: 'Wiring', ...wiring }).trimEnd(),
    show: (line) => printPaced([line]),
    close: () => {},
  };
}

/** To a terminal in the place of the last one, as watch(1); elsewhere one after the other, each below a line with the time. */
export function openTextOutput(stream: NodeJS.WriteStream, colors: Palette): MapOutput {
  const render = (wiring: Wiring) => wiringTree(wiring, colors).trimEnd();
  if (stream.isTTY) return { render, ...openTerminal(stream, colors) };
  const show = (text: string) =>
    printPaced([`--- ${new Date().toISOString()}`, ...text.split('\n'), ''], colors);
  return { render, show, close: () => {} };
}
