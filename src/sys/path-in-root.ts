import { lstatSync, readlinkSync } from 'node:fs';

// include/linux/namei.h: MAXSYMLINKS
const MOST_LINKS = 40;

/**
 * Where a path lies below a directory that is to become a root: its symbolic links are followed as if that directory were `/`
 * already, so none leads out of it. What is missing is not looked at. Undefined: too many links.
 */
export function pathInRoot(root: string, path: string): string | undefined {
  const rest = path.split('/');
  let found: string[] = [];
  for (let links = 0; rest.length > 0; ) {
    const name = rest.shift();
    if (name === '' || name === '.' || name === undefined) continue;
    if (name === '..') {
      found = found.slice(0, -1);
      continue;
    }
    const link = linkAt([root, ...found, name].join('/'));
    if (link === undefined) found.push(name);
    else if (++links > MOST_LINKS) return undefined;
    else {
      rest.unshift(...link.split('/'));
      if (link.startsWith('/')) found = [];
    }
  }
  return [root, ...found].join('/');
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
