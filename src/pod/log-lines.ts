/** A longer line is split: its newline may never come. */
export const LONGEST_LINE = 1 << 16;

/** Splits bytes, not characters: the output of a workload need not be UTF-8. `rest`: what follows the last newline. */
export function splitLines(bytes: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { lines, rest: bytes.subarray(start) };
}

/** The lines of a log, as text and without their newlines. */
export async function* linesOf(log: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of log) {
    const { lines, rest } = splitLines(Buffer.concat([held, chunk]));
    for (const line of lines) yield line.toString('utf8');
    held = rest;
    if (held.length <= LONGEST_LINE) continue;
    yield held.toString('utf8');
    held = Buffer.alloc(0);
  }
  if (held.length > 0) yield held.toString('utf8');
}
