import { escapeBytes, hasBytes } from '../sys/bytes.ts';

/** What a shim is started with. */
interface Given {
  /** All that follows its verb. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Bytes that are not UTF-8 reach a shim in a notation of its own: `--escaped` in native/README.md. */
export function escaped(words: Given['words'], env: Given['env']): Given {
  if (![...words, ...Object.values(env)].some(hasBytes)) return { words, env };
  return {
    words: ['--escaped', ...words.map(escapeBytes)],
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, escapeBytes(value)])),
  };
}
