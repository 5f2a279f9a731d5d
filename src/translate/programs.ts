import { accessSync, constants, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { SEARCH_PATH } from '../spec/search-path.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { busyboxApplets, busyboxPath } from '../sys/busybox.ts';
import { InputError } from '../sys/errors.ts';
import { pathInRoot } from '../sys/path-in-root.ts';
import { type Image, imageName } from './images/image.ts';

/**
 * Refuses a workload whose program is not installed, before anything is changed. A program in a volume or among the image's
 * own files counts as installed.
 */
export function refuseMissingProgram(
  { command, cwd, volumes = [], env = {}, rootfs }: WorkloadSpec,
  reference: string,
  image: Image | undefined,
  where: string,
): void {
  const [program = ''] = command;
  const isInVolume = (path: string) => volumes.some(({ target }) => `${path}/`.startsWith(`${target}/`));
  const isThere = (path: string) => isInVolume(path) || isProgramIn(rootfs, path);
  const isApplets = rootfs === undefined && isApplet(program);
  if (rootfs !== undefined && !isDirectory(rootfs))
    throw new InputError(`${where}: ${rootfs} is no directory on this machine (image "${reference}")`, {
      hint: 'it is to have a root file system: debootstrap makes one, and `docker export CONTAINER | tar -x -C DIR`',
    });
  if (image?.isBusybox && busyboxPath() === undefined) throw missing('busybox', reference, image, where);
  if (program.includes('/')) {
    // A relative one is looked up in the working directory, which belongs to the image where nothing is mounted.
    if (!isThere(resolve(cwd ?? '/', program))) throw missing(program, reference, image, where);
  } else if (
    !isApplets &&
    !(env.PATH ?? SEARCH_PATH).split(':').some((directory) => isThere(join(directory, program)))
  )
    throw missing(program, reference, image, where);
  // The programs behind the image's own paths and scripts must be installed, too.
  const lacking = missingProgram(image);
  if (lacking !== undefined) throw missing(lacking, reference, image, where);
}

/** A program that the image needs beside its command, and that is not installed. */
function missingProgram(image: Image | undefined): string | undefined {
  const all = [...Object.values(image?.programs ?? {}), ...(image?.needs ?? []), ...needed(image)];
  return all.find((path) => !isProgram(path));
}

/** Whether what the image starts by itself is installed on this machine. */
export function isInstalled(image: Image): boolean {
  const [program] = [...(image.entrypoint ?? []), ...(image.command ?? [])];
  const { rootfs } = image;
  // A container that has a command of its own needs nothing more of a directory.
  if (rootfs !== undefined && (program === undefined || !isDirectory(rootfs))) return isDirectory(rootfs);
  if (program === undefined || missingProgram(image) !== undefined) return false;
  const own = [...Object.keys(image.programs ?? {}), ...Object.keys(image.files ?? {})];
  const isOwn = own.some(
    (path) => path === resolve(image.workingDir ?? '/', program) || basename(path) === program,
  );
  if (isOwn || (image.isBusybox && isApplet(basename(program)))) return true;
  return program.includes('/')
    ? isProgramIn(rootfs, resolve(image.workingDir ?? '/', program))
    : (image.env?.PATH ?? SEARCH_PATH).split(':').some((it) => isProgramIn(rootfs, join(it, program)));
}

/** The program that an image's own script executes. */
function needed(image: Image | undefined): string[] {
  const scripts = Object.values(image?.files ?? {});
  return scripts.flatMap((text) => /^#!\/bin\/sh\nexec (\S+)/.exec(text)?.[1] ?? []);
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** By its path in a root: that of an image, or this machine's. */
function isProgramIn(rootfs: string | undefined, path: string): boolean {
  const found = rootfs === undefined ? path : pathInRoot(rootfs, path);
  return found !== undefined && isProgram(found);
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isApplet(program: string): boolean {
  const busybox = busyboxPath();
  return busybox !== undefined && busyboxApplets(busybox).includes(program);
}

function missing(program: string, reference: string, image: Image | undefined, where: string): InputError {
  if (image?.rootfs !== undefined)
    return new InputError(`${where}: ${program} is not in ${image.rootfs} (image "${reference}")`, {
      hint: 'the programs of a container are those of its image: no program of this machine is in there',
    });
  return new InputError(`${where}: ${program} is not on this machine (image "${reference}")`, {
    hint:
      image?.package !== undefined
        ? `apt-get install ${image.package}`
        : `nslab runs programs of this machine: install it, or use --image '${imageName(reference)}=COMMAND'`,
  });
}
