import { prepareWindow } from '../ns/window.ts';
import { requireRoot } from '../pod/require-root.ts';
import { palette } from '../render/palette.ts';
import type { Wiring } from '../spec/wiring.ts';
import { InputError } from '../sys/errors.ts';
import { openLibc } from '../sys/libc.ts';
import { openSpawn } from '../sys/spawn.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice } from './globals.ts';
import { readServeAddress, type ServeAddress } from './live-map/address.ts';
import { listenForChanges } from './live-map/follow-changes.ts';
import { type MapOutput, openBrowserOutput, openJsonOutput, openTextOutput } from './live-map/output.ts';
import { openRedraws } from './live-map/redraws.ts';
import { openWiring } from './load-wiring.ts';
import { forwardSignals } from './signals.ts';

export interface MapWatchOptions {
  readonly all: boolean;
  readonly serve: string | undefined;
  /** Of `nslab map`. */
  readonly format: string;
}

/** `nslab map --watch`: the map again after each change, on standard output or in a browser, until a signal: status 0. */
export async function watchMap(
  { all, serve, format }: MapWatchOptions,
  globals: GlobalOptions,
): Promise<number> {
  const address = serve === undefined ? undefined : readServeAddress(serve);
  checkWatchFormat(format, address);
  requireRoot('what happens in network namespaces is told to root alone');
  const said = new Set<string>();
  const sayOnce = (line: string) => {
    if (!said.has(line)) printNotice(line);
    said.add(line);
  };
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  await prepareWindow();
  const kernel = { libc: await openLibc(), transcript };
  const readWiring = await openWiring(globals, sayOnce);
  // Before the first map is read: what changes meanwhile is in the next one.
  const changes = listenForChanges({ kernel, spawn: openSpawn(transcript) }, globals);
  const undo = forwardSignals(changes.stop);
  try {
    const first = await readWiring(all);
    const output = await openOutput(format, address, globals);
    try {
      await follow(output, first);
    } finally {
      await output.close();
    }
    return 0;
  } finally {
    undo();
    changes.close();
  }

  async function follow(output: MapOutput, first: Wiring): Promise<void> {
    let shown = '';
    const show = async (wiring: Wiring) => {
      for (const sentence of wiring.unseen) sayOnce(sentence);
      const rendered = output.render(wiring);
      if (rendered === shown) return;
      shown = rendered;
      await output.show(rendered);
    };
    let failure: { readonly error: unknown } | undefined;
    const fail = (error: unknown) => {
      // The same failure comes twice: as an event of the stream, and where its end is waited for.
      if (!failure) changes.stop();
      failure ??= { error };
    };
    await show(first);
    const redraws = openRedraws(async () => {
      let wiring: Wiring;
      try {
        wiring = await readWiring(all);
      } catch (error) {
        // What hinders it now may not the next time: a class does not lose its map.
        return sayOnce((error as Error).message);
      }
      await show(wiring);
    }, fail);
    // The reader of our output has ended.
    process.stdout.once('error', fail);
    try {
      await changes.follow(redraws.soon);
    } finally {
      process.stdout.off('error', fail);
      await redraws.close();
    }
    if (failure) throw failure.error;
  }
}

/** An SVG in a browser; else text, or JSON for a program. */
function checkWatchFormat(format: string, address: ServeAddress | undefined): void {
  if (address && format !== 'svg')
    throw new InputError(`--serve shows an SVG, no ${format}`, { hint: 'leave out -o' });
  if (!address && format !== 'text' && format !== 'json')
    throw new InputError(`--watch prints text or JSON, no ${format}`, {
      hint: 'a picture that changes is for a browser: nslab map --watch --serve 127.0.0.1:0',
    });
}

async function openOutput(
  format: string,
  address: ServeAddress | undefined,
  globals: GlobalOptions,
): Promise<MapOutput> {
  if (address) {
    const output = await openBrowserOutput(address);
    printNotice('open this address in a browser of this machine; Ctrl-C ends it');
    return output;
  }
  if (format === 'json') return openJsonOutput();
  return openTextOutput(process.stdout, palette(process.stdout, globals.color));
}
