import type { DriverName } from '../net/driver.ts';
import { readDriver } from '../net/open-driver.ts';
import { openDryRunHost } from '../pod/dry-run/dry-run-host.ts';
import { collect } from '../pod/gc.ts';
import { type Host, openHost } from '../pod/host.ts';
import { jsonLine } from '../render/output.ts';
import { palette } from '../render/palette.ts';
import { OperationError } from '../sys/errors.ts';
import type { Event } from '../transcript/event.ts';
import { Transcript } from '../transcript/transcript.ts';
import { attachSinks, type GlobalOptions, say, stateRoot } from './globals.ts';
import { print, printLine, printScript } from './print.ts';

/** What a command works with. */
export interface Session {
  /** The state directory. */
  readonly root: string;
  readonly host: Host;
  /** Says on stdout what was done, by a name that the next command can be given. Not when it was only planned. */
  announce(name: string): void;
}

/** Opens the host for a command. */
export async function openSession(globals: GlobalOptions, driver?: DriverName): Promise<Session> {
  const root = stateRoot(globals);
  const transcript = new Transcript();
  await attachSinks(transcript, globals);
  return {
    root,
    host: await openHost(transcript, say, driver),
    announce: printLine,
  };
}

/**
 * Opens the host for a verb that changes something: as root, with what earlier ones left removed first, and with an
 * interrupt that asks the verb to undo what it did. A second one leaves at once; gc does the rest then.
 */
export async function openChangingSession(
  globals: GlobalOptions,
  { dryRun = false, collects = true, plan = 'text', driver: wanted }: Changing & Manner = {},
): Promise<Session> {
  const driver = readDriver(wanted);
  if (dryRun) return openDryRunSession(globals, plan, driver);
  requireRoot();
  const session = await openSession(globals, driver);
  const { host, root } = session;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => host.interrupts.raise(signal));
  }
  if (collects) await collect(host, root, 'quiet', ({ what, why }) => say(`removed ${what}: ${why}`));
  return session;
}

/** The options that all changing verbs have. */
export interface Changing {
  readonly dryRun?: boolean;
  /** Who configures the network. */
  readonly driver?: string;
}

interface Manner {
  /** Whether what earlier verbs left is removed first. Default: yes. */
  readonly collects?: boolean;
  /** How a dry run is printed. */
  readonly plan?: DryRunFormat;
}

export type DryRunFormat = 'text' | 'json' | 'script';

/** The plan is what is asked for, so it is data: it goes to stdout, with the pid that stands in by its role. */
async function openDryRunSession(
  globals: GlobalOptions,
  form: DryRunFormat,
  driver: DriverName | undefined,
): Promise<Session> {
  const transcript = new Transcript();
  const root = stateRoot(globals);
  const host = await openDryRunHost(transcript, say, driver);
  if (form === 'script') {
    const { podScript } = await import('../script/script.ts');
    const events: Event[] = [];
    transcript.attach((event) => events.push(event));
    const script = (name: string) => podScript({ root, name, events, written: host.files });
    return { root, host, announce: (name) => printScript(script(name)) };
  }
  const standIn = new RegExp(`\\b${process.pid}\\b`, 'g');
  const { openTeller } = await import('./telling.ts');
  const colors = palette(process.stdout, globals.color);
  const tell = openTeller(colors, { planned: true });
  const text = (event: Event) =>
    form === 'json' ? jsonLine(event) : `${tell(event)}\n`.replace(standIn, 'PID');
  // Nothing has happened, so the kernel has nothing to say of it.
  transcript.attach(({ evidence: _, ...event }) => {
    if (event.call !== 'flock' && event.call !== 'pipe2') {
      print(text(event), colors);
    }
  });
  return { root, host, announce: () => {} };
}

function requireRoot(): void {
  if (process.geteuid?.() === 0) return;
  throw new OperationError('making namespaces and links needs CAP_SYS_ADMIN and CAP_NET_ADMIN', {
    hint: 'run nslab as root: sudo nslab …',
  });
}
