import { OperationError } from '../../sys/errors.ts';
import { shellWord } from '../../transcript/shell-word.ts';
import type { Image } from '../../translate/images/image.ts';
import type { ComparedPod } from '../compared-pod.ts';
import type { Container, DockerCommands } from './docker-commands.ts';
import type { Engine, PrintCommand } from './engine.ts';
import { makeImages } from './images.ts';
import { makeProgramImage } from './program-image.ts';

/** Builds the images, creates the volumes and starts the containers of a pod. `print` receives each command. */
export async function startContainers(
  engine: Engine,
  run: string,
  { volumes, containers }: DockerCommands,
  { catalog, check, print }: StartOptions,
): Promise<ComparedPod> {
  const images = await makeContainerImages(engine, containers, catalog, print);
  for (const volume of volumes) await runDocker(engine, volume, print);
  const pids: Record<string, number> = {};
  const placeholders: Record<string, string> = {};
  for (const { role, options, image, command } of containers) {
    check();
    const name = `${role}-${run}`;
    const words = ['run', '-d', '--label', engine.label, '--name', name];
    await runDocker(engine, [...words, ...options, images.get(image) ?? '', ...command], print);
    const { pid, id } = await engine.processOf(name).catch((error: OperationError) => {
      throw new OperationError(`Docker's container "${role}" ended at once: ${error.message}`, {
        hint: 'the image has the program and its libraries only: other files that it reads are missing',
      });
    });
    pids[role] = pid;
    // Docker's default host name is the first twelve digits.
    placeholders[id.slice(0, 12)] = `the id of ${role}`;
  }
  const { pause = 0, ...joiners } = pids;
  return { pids: { pause, ...joiners }, placeholders };
}

interface StartOptions {
  readonly catalog: ReadonlyMap<string, Image>;
  /** Throws after an interrupt. */
  readonly check: () => void;
  readonly print: PrintCommand;
}

/** One image per program: the article's are built by `makeImages`, any other from the installed program. */
async function makeContainerImages(
  engine: Engine,
  containers: readonly Container[],
  catalog: ReadonlyMap<string, Image>,
  print: PrintCommand,
): Promise<ReadonlyMap<string | undefined, string>> {
  const wanted = new Map(containers.map((container) => [container.image, container]));
  const known = (['busybox', 'nginx'] as const).filter((name) => wanted.has(name));
  const made = await makeImages(engine, ['pause', ...known], print);
  const tags = new Map<string | undefined, string>([[undefined, made.pause]]);
  for (const name of known) tags.set(name, made[name]);
  for (const [name, container] of wanted) {
    if (name === undefined || tags.has(name)) continue;
    const image = catalog.get(name);
    const [program = ''] = container.command;
    tags.set(name, await makeProgramImage(engine, name, { program, image }, print));
  }
  return tags;
}

async function runDocker(engine: Engine, words: readonly string[], print: PrintCommand): Promise<void> {
  print(['docker', ...words].map(shellWord).join(' '));
  await engine.docker(...words);
}
