import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { errorCode, InputError } from '../../sys/errors.ts';
import { CATALOG } from './catalog.ts';
import { type Image, imageName } from './image.ts';

/** A user's images, in a file: what a name stands for. */
const OWN = z.record(
  z.string(),
  z.union([
    z.string(),
    z.strictObject({
      entrypoint: z.optional(z.array(z.string())),
      command: z.optional(z.array(z.string())),
      package: z.optional(z.string()),
      env: z.optional(z.record(z.string(), z.string())),
      workingDir: z.optional(z.string()),
      isBusybox: z.optional(z.boolean()),
    }),
  ]),
);

/** Where a user's images are written down: the machine's, then his own. */
function ownFiles(): string[] {
  const home = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return ['/etc/nslab/images.yaml', join(home, 'nslab', 'images.yaml')];
}

/**
 * All images that there are: ours, those of the files, those of the command line (`NAME=COMMAND`). Who comes later
 * takes the name of who came before.
 */
export function openCatalog(options: readonly string[]): ReadonlyMap<string, Image> {
  const all = new Map<string, Image>(Object.entries(CATALOG));
  for (const file of ownFiles()) for (const [name, image] of readFile(file)) all.set(name, image);
  for (const option of options) all.set(...readOption(option));
  return all;
}

function readFile(file: string): [string, Image][] {
  if (!existsSync(file)) return [];
  const found = z.safeParse(OWN, readYaml(file) ?? {});
  if (!found.success) {
    const [first] = found.error.issues;
    throw unreadable(file, `${first?.path.join('.')}: ${first?.message}`);
  }
  return Object.entries(found.data).map(([name, image]) => [
    name,
    typeof image === 'string' ? asCommand(image) : (image as Image),
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
    hint: 'each is NAME: COMMAND, or NAME: with entrypoint, command, package, env, workingDir',
  });
}

function readOption(option: string): [string, Image] {
  const at = option.indexOf('=');
  const [name, command] = [imageName(option.slice(0, Math.max(at, 0))), option.slice(at + 1)];
  if (at < 1 || name === '' || command.trim() === '') {
    throw new InputError(`--image "${option}" is not NAME=COMMAND`, {
      hint: "as in --image 'my-server=/usr/bin/python3 -m http.server'",
    });
  }
  return [name, asCommand(command)];
}

/** Blanks part the words; `args` of a manifest follow them. Whoever needs a shell writes `sh -c`, in a file. */
function asCommand(text: string): Image {
  return { entrypoint: text.trim().split(/\s+/) };
}
