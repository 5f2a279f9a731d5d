import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The tools that a script may use: util-linux, iproute2, nftables, coreutils. */
const TOOLS = [
  ...['unshare', 'nsenter', 'setpriv', 'mount', 'umount', 'pivot_root', 'setsid', 'flock', 'kill'],
  ...['ip', 'ss', 'nft'],
  ...[
    'cat',
    'chgrp',
    'chmod',
    'cp',
    'date',
    'env',
    'id',
    'ln',
    'mkdir',
    'mountpoint',
    'readlink',
    'realpath',
    'rm',
    'rmdir',
    'sleep',
    'stat',
    'tail',
    'base64',
  ],
];

export type Shell = 'dash' | 'busybox';

/** Fills a directory with links to the allowed tools and to one shell as `sh`: a PATH without nslab and Node. */
export function makeToolbox(directory: string, shell: Shell): string {
  for (const tool of TOOLS) symlinkSync(placeOf(tool), join(directory, tool));
  symlinkSync(placeOf(shell), join(directory, 'sh'));
  return directory;
}

function placeOf(tool: string): string {
  return execFileSync('which', [tool], { encoding: 'utf8' }).trim();
}
