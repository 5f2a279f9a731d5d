import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { SEARCH_PATH } from '../spec/search-path.ts';
import type { WorkloadSpec } from '../spec/workload-spec.ts';
import { busyboxApplets, busyboxPath } from '../sys/busybox.ts';
import { InputError } from '../sys/errors.ts';
import { type Image, imageName } from './images/image.ts';

/**
 * Refuses a workload whose program is not installed, before anything is changed. A program in a volume or among the image's
 * own files counts as installed.
 */
export function refuseMissingProgram(
  { command, volumes = [], env = {} }: WorkloadSpec,
  reference: string,
  image: Image | undefined,
  where: string,
): void {
  const [program = ''] = command;
  const isInVolume = (path: string) => volumes.some(({ target }) => `${path}/`.startsWith(`${target}/`));
  const found = program.startsWith('/')
    ? isInVolume(program) || isProgram(program)
    : program.includes('/') ||
      (env.PATH ?? SEARCH_PATH).split(':').some((directory) => {
        const path = join(directory, program);
        return isInVolume(path) || isProgram(path);
      });
  if (image?.isBusybox && busyboxPath() === undefined) throw missing('busybox', reference, image, where);
  if (!found && !isApplet(program)) throw missing(program, reference, image, where);
  // The programs behind the image's own paths and scripts must be installed, too.
  for (const path of [...Object.values(image?.programs ?? {}), ...needed(image)])
    if (!isProgram(path)) throw missing(path, reference, image, where);
}

/** The program that an image's own script executes. */
function needed(image: Image | undefined): string[] {
  const scripts = Object.values(image?.files ?? {});
  return scripts.flatMap((text) => /^#!\/bin\/sh\nexec (\S+)/.exec(text)?.[1] ?? []);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isApplet(program: string): boolean {
  const busybox = busyboxPath();
  return busybox !== undefined && busyboxApplets(busybox).includes(program);
}

function missing(program: string, reference: string, image: Image | undefined, where: string): InputError {
  return new InputError(`${where}: ${program} is not on this machine (image "${reference}")`, {
    hint:
      image?.package !== undefined
        ? `apt-get install ${image.package}`
        : `nslab runs programs of this machine: install it, or use --image '${imageName(reference)}=COMMAND'`,
  });
}
