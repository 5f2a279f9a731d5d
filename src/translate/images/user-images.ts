import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { errorCode, InputError } from '../../sys/errors.ts';
import { CATALOG } from './catalog.ts';
import { type Image, imageName } from './image.ts';

/** The format of images.yaml: name → command, `dir:PATH` or image. */
const USER_IMAGES = z.record(
  z.string(),
  z.union([
    z.string().check(z.refine((text) => !/^dir:(?!\/)/.test(text), 'dir: needs an absolute path')),
    z.strictObject({
      rootfs: z.optional(z.string().check(z.refine(isAbsolute, 'an absolute path is needed'))),
      entrypoint: z.optional(z.array(z.string())),
      command: z.optional(z.array(z.string())),
      package: z.optional(z.string()),
      env: z.optional(z.record(z.string(), z.string())),
      workingDir: z.optional(z.string()),
      isBusybox: z.optional(z.boolean()),
    }),
  ]),
);

/** The files with user-defined images: the machine's, then the user's. */
function userImageFiles(): string[] {
  const home = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return ['/etc/nslab/images.yaml', join(home, 'nslab', 'images.yaml')];
}

/**
 * The built-in images, those of the files, and those of the command line (`NAME=COMMAND`, `NAME=dir:PATH`). A later image replaces an
 * earlier one of the same name.
 */
export function openCatalog(options: readonly string[]): ReadonlyMap<string, Image> {
  const all = new Map<string, Image>(Object.entries(CATALOG));
  for (const file of userImageFiles()) for (const [name, image] of readFile(file)) all.set(name, image);
  for (const option of options) all.set(...readOption(option));
  return all;
}

function readFile(file: string): [string, Image][] {
  if (!existsSync(file)) return [];
  const found = z.safeParse(USER_IMAGES, readYaml(file) ?? {});
  if (!found.success) {
    const [first] = found.error.issues;
    throw unreadable(file, `${first?.path.join('.')}: ${first?.message}`);
  }
  return Object.entries(found.data).map(([name, image]) => [
    name,
    typeof image === 'string' ? imageOf(image) : withWholeRoot(image as Image),
  ]);
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unreadable(file, errorCode(error) ?? (error as Error).message.split('\n')[0] ?? '');
  }
}

function unreadable(file: string, why: string): InputError {
  return new InputError(`the images in ${file} cannot be read: ${why}`, {
    hint: 'each is NAME: COMMAND, NAME: dir:PATH, or NAME: with rootfs, entrypoint, command, package, env, workingDir',
  });
}

function readOption(option: string): [string, Image] {
  const at = option.indexOf('=');
  const [name, command] = [imageName(option.slice(0, Math.max(at, 0))), option.slice(at + 1)];
  if (at < 1 || name === '' || /^(dir:)?\s*$/.test(command)) {
    throw new InputError(`--image "${option}" is neither NAME=COMMAND nor NAME=dir:PATH`, {
      hint: "as in --image 'my-server=/usr/bin/python3 -m http.server' or --image alpine=dir:/srv/alpine",
    });
  }
  return [name, imageOf(command)];
}

function imageOf(text: string): Image {
  return text.startsWith(DIRECTORY) ? { rootfs: whole(text.slice(DIRECTORY.length)) } : imageOfCommand(text);
}

const DIRECTORY = 'dir:';

function withWholeRoot(image: Image): Image {
  return image.rootfs === undefined ? image : { ...image, rootfs: whole(image.rootfs) };
}

/** Without links, so that it stays the same directory as long as a pod is there. A missing one is refused where it is used. */
function whole(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Splits the command at blanks, without quoting; `args` of a manifest are appended. For a shell: `sh -c SCRIPT` in a file. */
function imageOfCommand(text: string): Image {
  return { entrypoint: text.trim().split(/\s+/) };
}
