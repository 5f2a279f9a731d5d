import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The last line of a log that is not empty, or undefined. Only its end is read: a log may be large. */
export function lastLine(path: string): string | undefined {
  const end = Buffer.alloc(1024);
  let length = 0;
  try {
    const fd = openSync(path, 'r');
    length = readSync(fd, end, 0, end.length, Math.max(0, fstatSync(fd).size - end.length));
    closeSync(fd);
  } catch {
    return undefined;
  }
  const lines = end.toString('utf8', 0, length).split('\n');
  return lines.map((line) => line.trim()).findLast((line) => line !== '');
}
