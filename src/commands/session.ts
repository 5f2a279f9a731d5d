import type { DriverName } from '../net/driver.ts';
import { readDriver } from '../net/open-driver.ts';
import type { Garbage } from '../pod/classify.ts';
import { openDryRunHost } from '../pod/dry-run/dry-run-host.ts';
import { collectBefore } from '../pod/gc.ts';
import { type Host, openHost } from '../pod/host.ts';
import { requireRoot } from '../pod/require-root.ts';
import { podsOf } from '../pod/target.ts';
import { jsonLine } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { guarded } from '../service/policy-sync.ts';
import { syncServices } from '../service/sync.ts';
import type { Event } from '../transcript/event.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, printNotice, stateRoot } from './globals.ts';
import { print, printLine, printScript } from './print.ts';

/** What a command acts through. */
export interface Session {
  /** The state directory. */
  readonly root: string;
  readonly host: Host;
  /** Prints the name of a finished object on stdout. A dry run prints its script instead, or nothing. */
  announce(name: string): void;
}

/** Opens the host for a command. */
export async function openSession(globals: GlobalOptions, driver?: DriverName): Promise<Session> {
  const root = stateRoot(globals);
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  return {
    root,
    host: await openHost(transcript, printNotice, driver),
    announce: printLine,
  };
}

/**
 * Opens the host for a command that changes something. Requires root, and first removes what a killed one has left. The first signal asks the
 * command to roll back; the second one ends it at once and leaves the rest to gc.
 */
export async function openChangingSession(
  globals: GlobalOptions,
  {
    dryRun = false,
    touches = [],
    named = [],
    plan = 'text',
    driver: wanted,
    openFirewall = false,
  }: ChangeOptions & SessionOptions = {},
): Promise<Session> {
  const driver = readDriver(wanted);
  if (dryRun) {
    const { host, ...session } = await openDryRunSession(globals, plan, driver);
    return { ...session, host: { ...host, openFirewall } };
  }
  requireRoot();
  const opened = await openSession(globals, driver);
  const host = guarded({ ...opened.host, openFirewall });
  const session = { ...opened, host };
  const { root } = session;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => host.interrupts.raise(signal));
  }
  if (touches !== 'all') {
    const report = ({ what, why }: Garbage) => printNotice(`removed ${what}: ${why}`);
    // Who was killed may have been about to change the rules of Services.
    const pods = [...touches, ...podsOf(root, named)];
    if (await collectBefore(host, root, pods, report)) await syncServices(host, root);
  }
  return session;
}

/** The options of every command that changes something. */
export interface ChangeOptions {
  readonly dryRun?: boolean;
  /** `netlink` or `ip`. */
  readonly driver?: string;
  /** Whether rules may be put into chains of other firewalls. */
  readonly openFirewall?: boolean;
}

interface SessionOptions {
  /** The pods that the command is about: what is dead of them is removed first. `all`: the command does that itself. */
  readonly touches?: readonly string[] | 'all';
  /** The same by what the user calls them or their workloads, in every way that `findPlace` knows. */
  readonly named?: readonly string[];
  /** How a dry run is printed. */
  readonly plan?: DryRunFormat;
}

export type DryRunFormat = 'text' | 'json' | 'script';

/** Prints the plan on stdout: it is the result of the command. Our own pid, which stands in for the holder's, prints as PID. */
async function openDryRunSession(
  globals: GlobalOptions,
  form: DryRunFormat,
  driver: DriverName | undefined,
): Promise<Session> {
  const transcript = new Transcript();
  const root = stateRoot(globals);
  const host = await openDryRunHost(transcript, printNotice, driver);
  if (form === 'script') {
    const { podScript } = await import('../script/script.ts');
    const events: Event[] = [];
    transcript.attach((event) => events.push(event));
    const script = (name: string) => podScript({ root, name, events, written: host.files });
    return { root, host, announce: (name) => printScript(script(name)) };
  }
  const ownPid = new RegExp(`\\b${process.pid}\\b`, 'g');
  const { openEventFormatter } = await import('./format-event.ts');
  const colors = palette(process.stdout, globals.color);
  const formatEvent = openEventFormatter(colors, { planned: true });
  const text = (event: Event) =>
    form === 'json' ? jsonLine(event) : `${formatEvent(event)}\n`.replace(ownPid, 'PID');
  // There is no evidence: nothing has happened.
  transcript.attach(({ evidence: _, ...event }) => {
    if (!['flock', 'pipe2', 'socketpair'].includes(event.call)) {
      print(text(event), colors);
    }
  });
  return { root, host, announce: () => {} };
}
