import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { ALL_KINDS } from '../../ns/kinds.ts';
import { InputError } from '../../sys/errors.ts';
import type { ModeResult } from './measure-theirs.ts';
import { MODES } from './mode-table.ts';
import type { Sharing } from './sharing.ts';

/** What an engine does in each mode, in the order of `MODES`, where there is none to ask. */
export interface SavedModes {
  readonly of: string;
  readonly theirs: readonly ModeResult[];
}

/** The profile `docker`, or a file that `compare modes -o json` wrote on another machine. */
export function readSavedModes(name: string): SavedModes {
  if (name === 'docker')
    return { of: 'docker', theirs: MODES.map(({ words }) => ({ sharing: byTheManual(words) })) };
  if (existsSync(name)) return readFile(name);
  throw new InputError(`no file and no profile of modes "${name}"`, {
    hint: 'profiles: docker; or a file that `nslab compare modes -o json` wrote',
  });
}

/** A container's namespaces as docker-run(1) defines its options; on a machine with cgroup v2. */
function byTheManual(words: readonly string[]): Sharing {
  const sharing: { -readonly [K in keyof Sharing]: Sharing[K] } = {
    ...{ net: 'own', ipc: 'own', uts: 'own', pid: 'own', mnt: 'own' },
    ...{ user: 'host', cgroup: 'own', time: 'host' },
  };
  for (const word of words) {
    const [, option, value] = /^--(\w+)=(.*)$/.exec(word) ?? [];
    const kind = option === 'network' ? 'net' : (option as 'ipc' | 'uts' | 'pid');
    if (value === 'host') sharing[kind] = 'host';
    if (value === 'container:X') sharing[kind] = 'joined';
    // moby daemon/container_operations.go: the host name of the container whose network is joined is copied.
    if (word === '--network=container:X') sharing.uts = 'own, a copy';
  }
  return sharing;
}

const SHARING = z.partialRecord(z.enum(ALL_KINDS), z.enum(['joined', 'host', 'own', 'own, a copy']));
const RESULT = z.union([z.object({ sharing: SHARING }), z.object({ refused: z.string() })]);
const FILE = z.object({
  kind: z.literal('ComparedModes'),
  theirs: z.string(),
  modes: z.array(z.object({ words: z.array(z.string()), theirs: RESULT })),
});

function readFile(path: string): SavedModes {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new InputError(`cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const { data } = FILE.safeParse(found);
  if (!data) throw new InputError(`${path} was not written by \`nslab compare modes -o json\``);
  const by = new Map(data.modes.map(({ words, theirs }) => [words.join(' '), theirs as ModeResult]));
  const theirs = MODES.map(({ words }) => by.get(words.join(' ')) ?? { refused: 'not tried there' });
  return { of: data.theirs, theirs };
}
