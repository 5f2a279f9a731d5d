import { commandOutput } from '../../sys/command-output.ts';
import { readStat } from '../../sys/procfs.ts';
import type { Item, Row } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';

/** What an HTTP server answers, asked from somewhere: from a pod, or from this host. */
export function fetches(
  ways: ReadonlyArray<readonly [way: string, from: string, url: (session: LabSession) => string]>,
): Item {
  return {
    title: 'what does the server say? (wget)',
    read: (session) =>
      Promise.all(
        ways.map(async ([way, from, where]): Promise<Row> => {
          const url = where(session);
          const says = await answerFrom(session, from, [...WGET, url]);
          return {
            way,
            from,
            url,
            answered: says !== undefined,
            says: says === undefined ? null : firstWords(says),
          };
        }),
      ),
  };
}

/** What a server that tells each caller his address has told: it is the address that arrived there. */
export function callers(ways: ReadonlyArray<readonly [from: string, to: string]>): Item {
  return {
    title: 'which address does the server see? (it says)',
    read: (session) =>
      Promise.all(
        ways.map(async ([from, to]): Promise<Row> => {
          const { gateway } = session.at(to).inspect().network as { gateway?: string };
          const url = `http://${session.at(to).address}/cgi-bin/who`;
          const says = await answerFrom(session, from, [...WGET, url]);
          return {
            from,
            own: session.at(from).address ?? null,
            host: gateway ?? null,
            seen: says === undefined ? null : plainAddress(says),
          };
        }),
      ),
  };
}

/** `[::ffff:10.0.0.1]` is how a socket for both kinds writes an IPv4 address. */
function plainAddress(text: string): string {
  return text.trim().replace(/^\[::ffff:(.*)\]$/, '$1');
}

async function answerFrom(
  session: LabSession,
  from: string,
  command: readonly string[],
): Promise<string | undefined> {
  if (from === 'host') return commandOutput(command[0] ?? '', command.slice(1)).catch(() => undefined);
  const { status, stdout } = await session.exec(from, command);
  return status === 0 ? stdout : undefined;
}

/** What becomes of commands: their status, and the last that they say. */
export function outcomes(
  commands: ReadonlyArray<readonly [where: string, command: readonly string[]]>,
): Item {
  return {
    title: 'what becomes of it?',
    read: (session) =>
      Promise.all(
        commands.map(async ([where, command]): Promise<Row> => {
          const { status, stdout, stderr } = await session.exec(where, command);
          const says = (stderr || stdout).trim().split('\n').at(-1) ?? '';
          return { where, command: command.join(' '), status, says };
        }),
      ),
  };
}

/** Whether a URL is answered in the network of a process. */
export async function gets(pid: number, url: string): Promise<boolean> {
  const inThere = ['--target', String(pid), '--net'];
  return commandOutput('nsenter', [...inThere, ...WGET, url]).then(
    () => true,
    () => false,
  );
}

/** Whether a process lives. */
export function lives(pid: number): boolean {
  const state = readStat(pid)?.state ?? 'X';
  return state !== 'Z' && state !== 'X';
}

/** Without -T, which crashes busybox 1.35. */
const WGET = ['busybox', 'timeout', '2', 'busybox', 'wget', '-q', '-O', '-'];

function firstWords(text: string): string {
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 24);
}
