import type { Command } from 'commander';
import facts from '../../../package.json' with { type: 'json' };
import { completionScript } from '../completion/scripts.ts';
import { manPages } from './man-pages.ts';
import { documentSchemas } from './schemas.ts';

/** The files of the package that are made from the command line's own tables, by path below `dist`. The build writes them. */
export function documents(program: Command): Readonly<Record<string, string>> {
  const pages = Object.entries(manPages(program, facts.version));
  const schemas = Object.entries(documentSchemas());
  return Object.fromEntries([
    ...pages.map(([name, page]) => [`man/man1/${name}`, page]),
    ...schemas.map(([kind, schema]) => [`schema/${kind}.json`, `${JSON.stringify(schema, null, 2)}\n`]),
    ['completion/nslab', completionScript('bash')],
    ['completion/_nslab', completionScript('zsh')],
    ['completion/nslab.fish', completionScript('fish')],
  ]);
}
