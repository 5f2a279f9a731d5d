import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import type { Palette } from '../render/palette.ts';
import { plain, plainButForColors, plainLog } from '../render/plain.ts';

// The only file that writes to standard output and error. Tables, JSON and drawings escape each value where they place it
// (src/render/); this is the border behind them: nothing that nslab prints can control the terminal.

/** Text on standard output, whose lines are nslab's own. `colors`: those in it. */
export function print(text: string, colors?: Palette): void {
  process.stdout.write(plainButForColors(text, colors?.isColorSupported === true));
}

/** One line on standard output: a newline in it is shown, too. */
export function printLine(line: string): void {
  print(`${plain(line)}\n`);
}

/** The same as `print` on standard error. */
export function printError(text: string, colors?: Palette): void {
  process.stderr.write(plainButForColors(text, colors?.isColorSupported === true));
}

/** A shell script: its lines and tabs are what it does, and its words have no other control character (transcript/shell-word.ts). */
export function printScript(text: string): void {
  process.stdout.write(plainLog(text));
}

/** A screen to itself, for what comes next. */
export function clearScreen(): void {
  process.stdout.write('\x1b[2J\x1b[H');
}

/** Prints the bytes of a log: exactly as they are, or, on a terminal, without anything that it would act on. */
export function openLogPrinter(): (chunk: Buffer) => Promise<void> {
  const decoder = new StringDecoder('utf8');
  let held = '';
  return async (chunk) => {
    let shown: Buffer | string = chunk;
    if (process.stdout.isTTY) {
      const text = held + decoder.write(chunk);
      // A newline may follow it in the next chunk.
      held = text.endsWith('\r') ? '\r' : '';
      shown = plainLog(held === '' ? text : text.slice(0, -1));
    }
    // Rejects when nobody reads any more: there is nothing left to wait for.
    if (!process.stdout.write(shown)) await once(process.stdout, 'drain');
  };
}

/** Prints whole lines of a log, each after its workload's name, in the same way. */
export function printLogLines(label: string, lines: readonly Buffer[], colors: Palette): void {
  if (lines.length === 0) return;
  const margin = `${plainButForColors(label, colors.isColorSupported)} | `;
  const shown = (line: Buffer) => (process.stdout.isTTY ? Buffer.from(plainLine(line)) : line);
  process.stdout.write(Buffer.concat(lines.flatMap((line) => [Buffer.from(margin), shown(line), NEWLINE])));
}

function plainLine(line: Buffer): string {
  return plainLog(`${line.toString('utf8')}\n`).slice(0, -1);
}

const NEWLINE = Buffer.from('\n');
