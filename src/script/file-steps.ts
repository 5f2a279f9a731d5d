import { join, relative } from 'node:path';
import { ETC_FILES } from '../pod/etc.ts';
import { fedWith } from '../render/here-document.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { Story, Told } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** What the pod's workloads find in files: names and resolvers, the files of volumes and images. */
export function fileSteps(story: Story): string[] {
  const { intent, workloads } = story;
  const kept = (intent.volumes ?? []).map(({ name }) => `volumes/${name}`);
  const places = ['pids', 'ready', 'log', 'stage', 'shm', ...(kept.length > 0 ? ['volumes', ...kept] : [])];
  const etcs = new Map(workloads.flatMap(({ etc }) => (etc ? [[etc.to, etc]] : [])));
  const files = [...[...etcs.values()].flatMap((etc) => etcFiles(story, etc)), ...podFiles(story)];
  const write = shellFunction('write_files', [
    `mkdir ${places.map((place) => `"$state"/${shellWord(place)}`).join(' ')}`,
    ...files,
  ]);
  return files.length > 0 ? [FILE, write] : [write];
}

const FILE = block(`
# file PATH MODE [GROUP]: a file below the pod's directory, of what stands on standard input.
file() {
  mkdir -p "$state/\${1%/*}"
  cat >"$state/$1"
  [ $# = 2 ] || chgrp "$3" "$state/$1"
  chmod "$2" "$state/$1"
}`);

/** Who and where it is, as every container engine tells a program. */
function etcFiles({ written }: Story, { from, to }: NonNullable<Told['etc']>): string[] {
  return ETC_FILES.flatMap((name) => {
    const content = written.read(join(from, name));
    return content ? [fedWith(`file ${to}/${name} 644`, content)] : [];
  });
}

/** A directory comes before what is in it; where nothing is, it must be there all the same. */
function podFiles({ written, files }: Story): string[] {
  const all = [...written.below(files.files)].sort((a, b) => (a.path < b.path ? -1 : 1));
  return all.map(({ path, content, mode, gid }) => {
    const place = `files/${relative(files.files, path)}`;
    if (!content) return `mkdir -p "$state"/${shellWord(place)}`;
    const group = gid === 0 ? '' : ` ${gid}`;
    return fedWith(`file ${shellWord(place)} ${mode.toString(8)}${group}`, content);
  });
}
