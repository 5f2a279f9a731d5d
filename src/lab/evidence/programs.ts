import { commandOutput } from '../../sys/command-output.ts';
import { readStat } from '../../sys/procfs.ts';
import type { Row, TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';

/** The answers of HTTP servers, requested from a pod or from the host. */
export function fetches(
  ways: ReadonlyArray<readonly [way: string, from: string, url: (session: LabSession) => string]>,
): TableScript {
  return {
    title: 'pages',
    read: (session) =>
      Promise.all(
        ways.map(async ([way, from, urlOf]): Promise<Row> => {
          const url = urlOf(session);
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

/** The source address that a server sees, as its answer reports it. */
export function callers(pairs: ReadonlyArray<readonly [from: string, to: string]>): TableScript {
  return {
    title: 'callers',
    read: (session) =>
      Promise.all(
        pairs.map(async ([from, to]): Promise<Row> => {
          const { gateway } = session.podOf(to).inspect().network as { gateway?: string };
          const url = `http://${session.podOf(to).address}/cgi-bin/who`;
          const says = await answerFrom(session, from, [...WGET, url]);
          return {
            from,
            own: session.podOf(from).address ?? null,
            host: gateway ?? null,
            seen: says === undefined ? null : plainAddress(says),
          };
        }),
      ),
  };
}

/** A dual-stack socket writes an IPv4 address as `[::ffff:10.0.0.1]`. */
function plainAddress(text: string): string {
  return text.trim().replace(/^\[::ffff:(.*)\]$/, '$1');
}

/** What a program that is started in a pod, or on the host, writes. Undefined where it fails. */
export async function answerFrom(
  session: LabSession,
  from: string,
  command: readonly string[],
): Promise<string | undefined> {
  if (from === 'host') return commandOutput(command[0] ?? '', command.slice(1)).catch(() => undefined);
  const { status, stdout } = await session.exec(from, command);
  return status === 0 ? stdout : undefined;
}

/** The exit status and the last line of commands. */
export function outcomes(
  commands: ReadonlyArray<readonly [where: string, command: readonly string[]]>,
): TableScript {
  return {
    title: 'outcomes',
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

/** Whether a URL is answered in the network namespace of a process. */
export async function gets(pid: number, url: string): Promise<boolean> {
  const target = ['--target', String(pid), '--net'];
  return commandOutput('nsenter', [...target, ...WGET, url]).then(
    () => true,
    () => false,
  );
}

/** Whether a process is alive. */
export function lives(pid: number): boolean {
  const state = readStat(pid)?.state ?? 'X';
  return state !== 'Z' && state !== 'X';
}

/** Without -T: it crashes busybox 1.35. */
export const WGET = ['busybox', 'timeout', '2', 'busybox', 'wget', '-q', '-O', '-'];

function firstWords(text: string): string {
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 24);
}
