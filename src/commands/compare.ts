import writeFileAtomic from 'write-file-atomic';
import { asDocument, asMarkdown, asText, type Comparison } from '../compare/format.ts';
import { lookAtOurs, lookAtTheirs } from '../compare/live.ts';
import { profileOr } from '../compare/profiles.ts';
import { recordedFile } from '../compare/recorded.ts';
import { isExplained, judge } from '../compare/verdict.ts';
import { json } from '../render/output.ts';
import { plain } from '../render/plain.ts';
import { errorCode, InputError, OperationError } from '../sys/errors.ts';
import type { Interrupts } from '../sys/interrupts.ts';
import { checkFormat } from './format.ts';
import { type GlobalOptions, say } from './globals.ts';
import { print, printError } from './print.ts';
import { openChangingSession } from './session.ts';
import { readSources } from './sources.ts';

export interface CompareOptions {
  readonly output?: string;
  readonly docker?: string;
  readonly pod?: string;
  readonly save?: string;
  readonly saved?: string;
  readonly filename?: readonly string[];
  readonly image?: readonly string[];
  readonly allowHostPath?: boolean;
}

/** `nslab compare docker`: our pod beside Docker's, fact by fact; 3 when a difference has no reason. */
export async function compareDocker(options: CompareOptions, globals: GlobalOptions): Promise<number> {
  const format = checkFormat(options.output ?? 'table', FORMATS);
  checkTogether(options);
  const containers = containersOf(options);
  const running = workloadsOf(options);
  const recorded = options.saved === undefined ? undefined : profileOr(options.saved);
  if (options.filename?.length) return compareManifest(options, globals, format);
  const { host, root } = await openChangingSession(globals);
  // One after the other, so that neither waits for the other's processor.
  const { interrupts, transcript } = host;
  const theirs =
    recorded ?? (await heeding(interrupts, lookAtTheirs(interrupts, openTell(globals), containers)));
  const mine = { stateDir: root, transcript, warn: say };
  const ours = await heeding(interrupts, lookAtOurs(interrupts, mine, running));
  host.interrupts.check();
  if (options.save !== undefined) save(options.save, recordedFile(theirs));
  const comparison = { theirs, ours, rows: judge(theirs, ours) };
  return tell(comparison, format);
}

/** The same of a pod of a manifest: how Docker is told of it is said on stderr, and what it cannot be told. */
async function compareManifest(
  { filename = [], image = [], allowHostPath = false }: CompareOptions,
  globals: GlobalOptions,
  format: Format,
): Promise<number> {
  const [{ readManifests }, { openCatalog }, { lookAtManifest }] = await Promise.all([
    import('../manifest/read.ts'),
    import('../translate/images/user-images.ts'),
    import('../compare/manifest-pods.ts'),
  ]);
  const reading = readManifests(readSources(filename), { ignoreUnsupported: true });
  const [manifest, ...more] = reading.pods;
  if (!manifest || more.length > 0)
    throw new InputError(`one pod is compared, and these manifests have ${reading.pods.length}`, {
      hint: 'name a file with one pod in it',
    });
  for (const warning of reading.warnings) say(`warning: ${warning}`);
  for (const { where, field, why } of reading.unsupported) say(`${where}: ${field} is not acted on: ${why}`);
  const { host, root } = await openChangingSession(globals);
  const wanted = { manifest, reading, catalog: openCatalog(image), allowHostPath };
  const { commands, leftOut, joiners, theirs, ours } = await heeding(
    host.interrupts,
    lookAtManifest(host, root, wanted, { tell: openTell(globals), command: (line) => say(`$ ${line}`) }),
  );
  host.interrupts.check();
  say('the images were made of programs of this machine, and are gone with the containers');
  for (const what of leftOut) say(`Docker was not told: ${what}`);
  const rows = judge(theirs, ours, { joiners });
  return tell({ theirs, ours, rows, commands, leftOut }, format);
}

function tell(comparison: Comparison, format: Format): number {
  const told = {
    json: () => json(asDocument(comparison)),
    markdown: () => asMarkdown(comparison),
    table: () => asText(comparison, columns()),
  };
  print(told[format]());
  return isExplained(comparison.rows) ? 0 : 3;
}

/** `nslab compare modes`: who shares what in every mode, measured now; 3 when a difference has no reason. */
export async function compareModes(options: { output?: string }, globals: GlobalOptions): Promise<number> {
  const format = checkFormat(options.output ?? 'table', FORMATS);
  const { compareModesLive, modesAsMarkdown, modesAsText } = await import('../compare/modes.ts');
  const { host, root } = await openChangingSession(globals);
  const mine = { stateDir: root, transcript: host.transcript, warn: say };
  const { of, modes } = await heeding(host.interrupts, compareModesLive(host, mine, openTell(globals)));
  const told = {
    json: () => json({ kind: 'ComparedModes', theirs: of, modes }),
    markdown: () => modesAsMarkdown(of, modes),
    table: () => modesAsText(of, modes, columns()),
  };
  print(told[format]());
  return modes.some(({ verdict }) => verdict === 'different') ? 3 : 0;
}

/** A Ctrl-C reaches the probes as well, which fail by it: that is told as what it is. */
async function heeding<T>(interrupts: Interrupts, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await interrupts.heed();
    throw error;
  }
}

const FORMATS = ['table', 'json', 'markdown'] as const;
type Format = (typeof FORMATS)[number];

function columns(): number {
  return process.stdout.columns ?? 140;
}

/** With -v, what is said to the engine, as it would be typed. */
function openTell({ verbose }: GlobalOptions): (line: string) => void {
  return (line) => {
    if (verbose) printError(`$ ${plain(line)}\n`);
  };
}

function checkTogether(options: CompareOptions): void {
  const { docker, pod, save, saved, filename = [], image = [], allowHostPath } = options;
  if (filename.length > 0 && (docker ?? pod ?? save ?? saved) !== undefined)
    throw new InputError('-f makes both pods anew: it goes with none of --docker, --pod, --save, --saved');
  if (image.length > 0 && filename.length === 0)
    throw new InputError('--image says what stands for an image of a manifest: it needs -f');
  if (allowHostPath && filename.length === 0)
    throw new InputError('--allow-host-path is for a pod of a manifest: it needs -f');
  if (saved !== undefined && (docker !== undefined || save !== undefined))
    throw new InputError('--saved is instead of an engine: it goes with neither --docker nor --save');
}

function containersOf({ docker }: CompareOptions): string[] | undefined {
  if (docker === undefined) return undefined;
  const names = docker.split(',').filter(Boolean);
  if (names.length === 3) return names;
  throw new InputError(`--docker "${docker}" does not name three containers`, {
    hint: 'the one that keeps the namespaces, nginx, busybox: --docker pause,nginx,busybox',
  });
}

/** A pod by its name alone has the article's workloads. */
function workloadsOf({ pod }: CompareOptions): string[] | undefined {
  if (pod === undefined) return undefined;
  const names = pod.split(',').filter(Boolean);
  if (names.length === 1 || names.length === 3) return names;
  throw new InputError(`--pod "${pod}" names neither a pod nor a pod and two workloads of it`, {
    hint: 'a pod with an nginx and a busybox: --pod NAME; others: --pod NAME,WORKLOAD,WORKLOAD',
  });
}

function save(path: string, document: object): void {
  try {
    writeFileAtomic.sync(path, `${JSON.stringify(document, null, 2)}\n`, { fsync: false, mode: 0o644 });
  } catch (error) {
    throw new OperationError(`cannot write ${path}: ${errorCode(error)}`, { cause: error });
  }
}
