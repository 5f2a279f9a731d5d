import { readFileSync } from 'node:fs';

// Arguments and variables of Linux are bytes, and JavaScript's strings are not: Node replaces each byte that is not UTF-8 by
// U+FFFD. Here such a byte is a lone surrogate, U+DC80 to U+DCFF, as in Python (PEP 383). It survives JSON.stringify and
// JSON.parse, and startShim() turns it into the byte again.

/** Decodes bytes without loss. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = buffer.toString('utf8');
  if (!whole.includes('\ufffd')) return whole;
  let text = '';
  for (let at = 0; at < buffer.length; ) {
    const length = sequenceAt(buffer, at);
    text +=
      length === 0
        ? String.fromCharCode(0xdc00 + (buffer[at] ?? 0))
        : buffer.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** This process's arguments, as `process.argv` but without loss. */
export function ownArguments(argv: readonly string[]): readonly string[] {
  if (!argv.some((word) => word.includes('\ufffd'))) return argv;
  const words = strings('/proc/self/cmdline');
  // Before the script there may be options of Node.
  const own = words.slice(words.length - (argv.length - 2));
  return [...argv.slice(0, 2), ...own];
}

/** A variable of this process's environment, as in `process.env` but without loss. */
export function ownVariable(name: string): string | undefined {
  const value = process.env[name];
  if (!value?.includes('\ufffd')) return value;
  const found = strings('/proc/self/environ').find((each) => each.startsWith(`${name}=`));
  return found === undefined ? value : found.slice(name.length + 1);
}

/** Whether a text has bytes that are not UTF-8. */
export function hasBytes(text: string): boolean {
  return BYTES.test(text);
}

/** Writes such bytes, and backslashes, as `\ooo`: for a program that turns them back. */
export function escapeBytes(text: string): string {
  return text.replace(
    /\\|(?<![\ud800-\udbff])[\udc80-\udcff]/g,
    (one) => `\\${(one.charCodeAt(0) & 0xff).toString(8).padStart(3, '0')}`,
  );
}

/** Not half of a pair, which is a character beyond U+FFFF. */
const BYTES = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

/** The length of the UTF-8 sequence that begins there. 0: it is none. */
function sequenceAt(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const sequence = buffer.subarray(at, at + length);
  return Buffer.from(sequence.toString('utf8')).equals(sequence) ? length : 0;
}

function strings(path: string): string[] {
  const bytes = readFileSync(path);
  const all: string[] = [];
  for (let at = 0, end = bytes.indexOf(0); end >= 0; at = end + 1, end = bytes.indexOf(0, at))
    all.push(textOf(bytes.subarray(at, end)));
  return all;
}
