import { setTimeout as sleep } from 'node:timers/promises';
import { heardByTalker } from '../actions/udp-talker.ts';
import type { Row, TableScript } from '../lab.ts';
import type { LabSession } from '../lab-session.ts';
import { lookUp } from './lookups.ts';
import { answerFrom } from './programs.ts';

/** One way that a packet can go, and whether it comes to its end. */
export interface Way {
  readonly way: string;
  readonly from: string;
  works(session: LabSession, from: string): Promise<boolean>;
}

/** All ways at once: each that does not work takes a second. */
export function ways(all: readonly Way[]): TableScript {
  return {
    title: 'ways',
    read: (session) =>
      Promise.all(
        all.map(
          async ({ way, from, works }): Promise<Row> => ({ way, from, works: await works(session, from) }),
        ),
      ),
  };
}

/** An HTTP server answers. */
export function page(url: (session: LabSession) => string): Way['works'] {
  return async (session, from) =>
    (await answerFrom(session, from, ['timeout', '1', 'busybox', 'wget', '-q', '-O', '-', url(session)])) !==
    undefined;
}

/** An echo request of so many bytes is answered. */
export function echo(size: number, to: (session: LabSession) => string): Way['works'] {
  return async (session, from) => {
    const ping = ['timeout', '1', 'busybox', 'ping', '-c', '1', '-s', String(size), to(session)];
    return (await session.exec(from, ping)).status === 0;
  };
}

/** A name leads to an address. */
export function named(
  name: (session: LabSession) => string,
  to: (session: LabSession) => string,
): Way['works'] {
  return async (session) => (await lookUp(session, name(session))).includes(to(session));
}

/** The client that goes on sending by UDP is answered: one of the next times, because a busy machine may take too long for one. */
export function talks(): Way['works'] {
  return async (session) => {
    const before = (await heardByTalker(session)).length;
    for (let n = 0; n < 75; n++, await sleep(20)) {
      // The first one may have been on its way before.
      const heard = (await heardByTalker(session)).slice(before + 1);
      if (heard.some((name) => name !== '-')) return true;
      if (heard.length >= 3) return false;
    }
    return false;
  };
}
