import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The packages that a build has put into what it wrote, by its metafiles: their folders. */
export function bundledPackages(...metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  // What a plugin has loaded bears its namespace before the path.
  const folders = inputs.flatMap(
    (path) => /(?<=^|:|\/)node_modules\/(?:@[^/]+\/)?[^/:]+(?=\/)/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
}

/** The names, licences and licence texts of packages, as these licences want them to go along. Throws where one says nothing. */
export function notices(folders) {
  const each = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    if (files.length === 0 && license === undefined)
      throw new Error(`${folder} does not say under which licence it is`);
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  return `What nslab is bundled with, and under which licences.\n\n${each.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
