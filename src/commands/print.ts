import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import type { Palette } from '../render/palette.ts';
import { plain, plainButForColors, plainLog } from '../render/plain.ts';

// The only file that writes to stdout and stderr, but for src/start.ts, whose refusal comes before this can be loaded. Tables, JSON
// and pictures escape each value (src/render/); the functions here escape what they missed: nothing that nslab prints controls
// the terminal.

/** The line of progress that stands on the terminal now. Whatever else is printed takes its place. */
let status = '';

export function showStatus(line: string): void {
  if (line !== status) process.stderr.write(`\r\x1b[K${line}`);
  status = line;
}

export function hideStatus(): void {
  if (status !== '') process.stderr.write('\r\x1b[K');
  status = '';
}

/** Prints a text on stdout. Its lines are nslab's own. `colors`: the palette of its colours. */
export function print(text: string, colors?: Palette): void {
  hideStatus();
  process.stdout.write(plainButForColors(text, colors?.isColorSupported === true));
}

/** Prints one line on stdout: newlines in it are escaped, too. */
export function printLine(line: string): void {
  print(`${plain(line)}\n`);
}

/** The same as `print`, on stderr. */
export function printError(text: string, colors?: Palette): void {
  hideStatus();
  process.stderr.write(plainButForColors(text, colors?.isColorSupported === true));
}

/** Prints lines on stdout, as fast as they are read there. Rejects when the reader has ended. `colors`: the palette of their colours. */
export async function printPaced(lines: readonly string[], colors?: Palette): Promise<void> {
  if (lines.length === 0) return;
  hideStatus();
  const colored = colors?.isColorSupported === true;
  const text = lines
    .map((line) => `${colored ? plainButForColors(line, true).replaceAll('\n', '\\u000a') : plain(line)}\n`)
    .join('');
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Prints bytes on stdout that are for a program, and waits until they are out. Never to a terminal. */
export function printBytes(bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Prints a shell script: newlines and tabs are part of it, and its words have no other control characters (transcript/shell-word.ts). */
export function printScript(text: string): void {
  hideStatus();
  process.stdout.write(plainLog(text));
}

/** Prints a shell command on stderr, after a prompt. Its newlines are part of it, as in a script. */
export function printCommand(command: string): void {
  hideStatus();
  process.stderr.write(plainLog(`$ ${command}\n`));
}

/** Clears the terminal. */
export function clearScreen(terminal: NodeJS.WritableStream = process.stdout): void {
  hideStatus();
  terminal.write('\x1b[2J\x1b[H');
}

/** Prints the bytes of a log: unchanged to a pipe or a file, escaped to a terminal. */
export function openLogPrinter(): (chunk: Buffer) => Promise<void> {
  const decoder = new StringDecoder('utf8');
  let held = '';
  return async (chunk) => {
    let shown: Buffer | string = chunk;
    if (process.stdout.isTTY) {
      const text = held + decoder.write(chunk);
      // The next chunk may begin with its newline.
      held = text.endsWith('\r') ? '\r' : '';
      shown = plainLog(held === '' ? text : text.slice(0, -1));
    }
    // `once` rejects when stdout fails with EPIPE: the reader is gone.
    if (!process.stdout.write(shown)) await once(process.stdout, 'drain');
  };
}

/** Prints lines of a log in the same way, each after the name of its workload. */
export function printLogLines(label: string, lines: readonly Buffer[], colors: Palette): void {
  if (lines.length === 0) return;
  hideStatus();
  const margin = `${plainButForColors(label, colors.isColorSupported)} | `;
  const shown = (line: Buffer) => (process.stdout.isTTY ? Buffer.from(plainLine(line)) : line);
  process.stdout.write(Buffer.concat(lines.flatMap((line) => [Buffer.from(margin), shown(line), NEWLINE])));
}

function plainLine(line: Buffer): string {
  return plainLog(`${line.toString('utf8')}\n`).slice(0, -1);
}

const NEWLINE = Buffer.from('\n');
