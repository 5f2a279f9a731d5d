import writeFileAtomic from 'write-file-atomic';
import { readSources } from '../api/sources.ts';
import { asDocument, asMarkdown, asText, type Comparison } from '../compare/format.ts';
import { readProfile } from '../compare/profiles.ts';
import { recordOurs, recordTheirs } from '../compare/record-pods.ts';
import { recordedFile } from '../compare/recorded.ts';
import { compareFacts, isExplained } from '../compare/verdict.ts';
import { json } from '../render/output.ts';
import { InputError } from '../sys/errors.ts';
import type { Interrupts } from '../sys/interrupts.ts';
import { type CompareOptions, checkCombination, parseContainers, parsePod } from './compare-options.ts';
import { type GlobalOptions, printNotice } from './globals.ts';
import { checkFormat } from './output-format.ts';
import { print, printCommand } from './print.ts';
import { withProgress } from './progress.ts';
import { openChangingSession } from './session.ts';
import { writeFailure } from './write-failure.ts';

/** `nslab compare docker`: compares our pod with Docker's, fact by fact. Status 3 when a difference has no known reason. */
export async function compareDocker(options: CompareOptions, globals: GlobalOptions): Promise<number> {
  const format = checkFormat(options.output ?? 'table', FORMATS);
  checkCombination(options);
  const containers = parseContainers(options);
  const running = parsePod(options);
  const recorded = options.saved === undefined ? undefined : readProfile(options.saved);
  if (options.filename?.length) return compareManifest(options, globals, format);
  const { host, root } = await openChangingSession(globals);
  // In sequence, so that neither side slows the other down.
  const { interrupts, transcript } = host;
  const podOptions = { stateDir: root, transcript, warn: printNotice };
  const { theirs, ours } = await withProgress(async (say) => {
    say(() => 'making the pod of the engine, and reading it');
    const theirs =
      recorded ??
      (await orInterrupted(interrupts, recordTheirs(interrupts, openCommandPrinter(globals), containers)));
    say(() => 'making our pod, and reading it');
    return { theirs, ours: await orInterrupted(interrupts, recordOurs(interrupts, podOptions, running)) };
  });
  host.interrupts.check();
  if (options.save !== undefined) saveDocument(options.save, recordedFile(theirs));
  const comparison = { theirs, ours, rows: compareFacts(theirs, ours) };
  return printComparison(comparison, format);
}

/** The same for a manifest's pod. The `docker` commands, and what they leave out, are printed on stderr. */
async function compareManifest(
  { filename = [], image = [], allowHostPath = false }: CompareOptions,
  globals: GlobalOptions,
  format: Format,
): Promise<number> {
  const [{ readManifests }, { openCatalog }, { imageName }, { recordManifestPods }] = await Promise.all([
    import('../manifest/read.ts'),
    import('../translate/images/user-images.ts'),
    import('../translate/images/image.ts'),
    import('../compare/manifest-pods.ts'),
  ]);
  const reading = readManifests(readSources(filename), { ignoreUnsupported: true });
  const [manifest, ...more] = reading.pods;
  if (!manifest || more.length > 0)
    throw new InputError(`compare needs exactly one pod, and these manifests have ${reading.pods.length}`, {
      hint: 'name a file that has one pod',
    });
  for (const warning of reading.warnings) printNotice(`warning: ${warning}`);
  for (const { where, what, why } of reading.unsupported)
    printNotice(`${where}: ${what} is not supported and is ignored: ${why}`);
  const { host, root } = await openChangingSession(globals);
  const catalog = openCatalog(image);
  const directory = [...(manifest.spec.initContainers ?? []), ...manifest.spec.containers].find(
    (container) => catalog.get(imageName(container.image))?.rootfs !== undefined,
  );
  if (directory)
    throw new InputError(
      `the image of container "${directory.name}" is a directory, and Docker's is made of programs`,
      {
        hint: 'without --image NAME=dir:PATH',
      },
    );
  const wanted = { manifest, reading, catalog, allowHostPath };
  const { commands, leftOut, joiners, theirs, ours } = await withProgress((say) => {
    say(() => 'making both pods, and reading them');
    const printers = { all: openCommandPrinter(globals), making: (line: string) => printCommand(line) };
    return orInterrupted(host.interrupts, recordManifestPods(host, root, wanted, printers));
  });
  host.interrupts.check();
  printNotice('the images were built from programs of this machine and were removed with the containers');
  for (const what of leftOut) printNotice(`not translated to Docker: ${what}`);
  const rows = compareFacts(theirs, ours, { joiners });
  return printComparison({ theirs, ours, rows, commands, leftOut }, format);
}

function printComparison(comparison: Comparison, format: Format): number {
  const formats = {
    json: () => json(asDocument(comparison)),
    markdown: () => asMarkdown(comparison),
    table: () => asText(comparison, columns()),
  };
  print(formats[format]());
  return isExplained(comparison.rows) ? 0 : 3;
}

/** `nslab compare modes`: measures the sharing of namespaces in every mode. Status 3 when a difference has no known reason. */
export async function compareModes(
  options: { output?: string; saved?: string },
  globals: GlobalOptions,
): Promise<number> {
  const format = checkFormat(options.output ?? 'table', FORMATS);
  const { compareModesLive, compareModesSaved, modesAsMarkdown, modesAsText, readSavedModes } = await import(
    '../compare/modes.ts'
  );
  const saved = options.saved === undefined ? undefined : readSavedModes(options.saved);
  const { host, root } = await openChangingSession(globals);
  const podOptions = { stateDir: root, transcript: host.transcript, warn: printNotice };
  const { of, modes } = await withProgress((say) => {
    say(() => `trying each mode, ${saved ? '' : 'with the engine and '}with nslab`);
    const work = saved
      ? compareModesSaved(host, podOptions, saved)
      : compareModesLive(host, podOptions, openCommandPrinter(globals));
    return orInterrupted(host.interrupts, work);
  });
  const formats = {
    json: () => json({ kind: 'ComparedModes', theirs: of, modes }),
    markdown: () => modesAsMarkdown(of, modes),
    table: () => modesAsText(of, modes, columns()),
  };
  print(formats[format]());
  return modes.some(({ verdict }) => verdict === 'different') ? 3 : 0;
}

/** A Ctrl-C also ends the probes, which then fail: reports the interrupt instead of their error. */
async function orInterrupted<T>(interrupts: Interrupts, work: Promise<T>): Promise<T> {
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

/** With -v, prints each `docker` command. */
function openCommandPrinter({ verbose }: GlobalOptions): (line: string) => void {
  return (line) => {
    if (verbose) printCommand(line);
  };
}

function saveDocument(path: string, document: object): void {
  try {
    writeFileAtomic.sync(path, `${JSON.stringify(document, null, 2)}\n`, { fsync: false, mode: 0o644 });
  } catch (error) {
    throw writeFailure(path, error);
  }
}
