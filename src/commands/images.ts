import { readSources } from '../api/sources.ts';
import { readManifests } from '../manifest/read.ts';
import { listing } from '../render/output.ts';
import { table } from '../render/table.ts';
import { type Image, imageName } from '../translate/images/image.ts';
import { openCatalog } from '../translate/images/user-images.ts';
import { isInstalled } from '../translate/programs.ts';
import { type ListOptions, listForm } from './output-format.ts';
import { print } from './print.ts';

export interface ImagesOptions extends ListOptions {
  readonly image?: readonly string[];
}

/** `nslab images`: the images that programs of this machine stand for. */
export async function images(options: ImagesOptions): Promise<number> {
  const items = [...openCatalog(options.image ?? [])].map(([name, image]) => ({
    name,
    rootfs: image.rootfs ?? null,
    command: [...(image.entrypoint ?? []), ...(image.command ?? [])],
    installed: isInstalled(image),
    package: image.package ?? null,
  }));
  const list = {
    kind: 'ImageList',
    items: items.sort((a, b) => (a.name < b.name ? -1 : 1)),
    name: ({ name }: (typeof items)[number]) => name,
    columns: [
      { head: 'IMAGE', cell: ({ name }: (typeof items)[number]) => name },
      { head: 'INSTALLED', cell: ({ installed }: (typeof items)[number]) => (installed ? 'yes' : 'no') },
      { head: 'PACKAGE', cell: (item: (typeof items)[number]) => item.package ?? '-' },
      { head: 'COMMAND', cell: (item: (typeof items)[number]) => commandIn(item) },
    ],
  };
  print(await listing(list, listForm(options)));
  return 0;
}

/** A directory stands where programs of this machine do not. */
function commandIn({
  rootfs,
  command,
}: {
  readonly rootfs: string | null;
  readonly command: readonly string[];
}): string {
  return [...(rootfs === null ? [] : [`dir:${rootfs}`]), ...command].join(' ');
}

/** `nslab images check FILE…`: what the images of manifests lack on this machine. Status 3: something is missing. */
export async function imagesCheck(files: readonly string[], added: readonly string[]): Promise<number> {
  const { pods } = readManifests(readSources(files), { ignoreUnsupported: true });
  const catalog = openCatalog(added);
  const users = new Map<string, boolean>();
  for (const { spec } of pods)
    for (const { image, command } of [...(spec.initContainers ?? []), ...spec.containers])
      users.set(image, (users.get(image) ?? true) && (command?.length ?? 0) > 0);
  const rows = [...users].map(([reference, ownCommands]) => {
    const [state, advice] = judge(catalog.get(imageName(reference)), reference, ownCommands);
    return { reference, state, advice };
  });
  print(
    `${table(
      ['IMAGE', 'STATE', 'ADVICE'],
      rows.map(({ reference, state, advice }) => [reference, state, advice]),
    )}\n`,
  );
  return rows.some(({ state }) => state === 'unknown' || state === 'missing') ? 3 : 0;
}

/** An image whose containers all have a command of their own needs no entry. */
function judge(
  image: Image | undefined,
  reference: string,
  ownCommands: boolean,
): [state: 'installed' | 'command' | 'unknown' | 'missing', advice: string] {
  if (image?.rootfs !== undefined && !ownCommands && !image.entrypoint && !image.command)
    return ['unknown', 'a directory says no command: its containers must'];
  if (image && isInstalled(image)) return ['installed', '-'];
  if (image?.rootfs !== undefined)
    return ['missing', `no directory ${image.rootfs}, or its program is not in there`];
  if (image) return ['missing', image.package === undefined ? '-' : `apt-get install ${image.package}`];
  if (ownCommands) return ['command', 'the containers name a command of their own: `up` looks for it'];
  return ['unknown', `--image '${imageName(reference)}=COMMAND'`];
}
