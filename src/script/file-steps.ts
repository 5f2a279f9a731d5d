import { join, relative } from 'node:path';
import { ETC_FILES } from '../pod/etc.ts';
import { fedWith } from '../render/here-document.ts';
import { shellWord } from '../transcript/shell-word.ts';
import type { ScriptedPod, ScriptedWorkload } from './scripted-pod.ts';
import { block, shellFunction } from './shell-blocks.ts';

/** Writes the files that workloads see: /etc/hosts and resolv.conf, and the files of volumes and images. */
export function fileSteps(pod: ScriptedPod): string[] {
  const { intent, workloads } = pod;
  const volumes = (intent.volumes ?? []).map(({ name }) => `volumes/${name}`);
  const directories = [
    ...['pids', 'ready', 'log', 'overlay', 'shm'],
    ...(volumes.length > 0 ? ['volumes', ...volumes] : []),
  ];
  const etcs = new Map(workloads.flatMap(({ etc }) => (etc ? [[etc.to, etc]] : [])));
  const files = [...[...etcs.values()].flatMap((etc) => etcFiles(pod, etc)), ...podFiles(pod)];
  const write = shellFunction('write_files', [
    `mkdir ${directories.map((directory) => `"$state"/${shellWord(directory)}`).join(' ')}`,
    ...files,
  ]);
  return files.length > 0 ? [WRITE_FILE, write] : [write];
}

const WRITE_FILE = block(`
# write_file PATH MODE [GROUP]: copies standard input to a file below the pod's state directory.
write_file() {
  mkdir -p "$state/\${1%/*}"
  cat >"$state/$1"
  [ $# = 2 ] || chgrp "$3" "$state/$1"
  chmod "$2" "$state/$1"
}`);

/** /etc/hosts, /etc/hostname and /etc/resolv.conf, as every container engine provides them. */
function etcFiles({ written }: ScriptedPod, { from, to }: NonNullable<ScriptedWorkload['etc']>): string[] {
  return ETC_FILES.flatMap((name) => {
    const content = written.read(join(from, name));
    return content ? [fedWith(`write_file ${to}/${name} 644`, content)] : [];
  });
}

/** Sorted by path: a directory comes before its files. An empty directory is created, too. */
function podFiles({ written, files }: ScriptedPod): string[] {
  const all = [...written.below(files.files)].sort((a, b) => (a.path < b.path ? -1 : 1));
  return all.map(({ path, content, link, mode, gid }) => {
    const place = `files/${relative(files.files, path)}`;
    if (link !== undefined) return `ln -s ${shellWord(link)} "$state"/${shellWord(place)}`;
    if (!content) return `mkdir -p "$state"/${shellWord(place)}`;
    const group = gid === 0 ? '' : ` ${gid}`;
    return fedWith(`write_file ${shellWord(place)} ${mode.toString(8)}${group}`, content);
  });
}
