import { shellWord } from './shell-word.ts';

/**
 * The arguments of a call, one by one, from the text that shows them as the man page writes them. A comma inside
 * quotes or brackets separates nothing.
 */
export function splitArguments(args: string): string[] {
  return args.match(ARGUMENT)?.map((word) => word.replace(/^[,\s]+/, '')) ?? [];
}

const STRING = '"(?:[^"\\\\]|\\\\.)*"(?:\\.\\.\\.)?';
const ARGUMENT = new RegExp(`(?:^|, )(?:${STRING}|\\[(?:${STRING}|[^\\]])*\\]|\\{[^}]*\\}|[^,])+`, 'g');

/** What stands between the quotes; undefined for NULL and for what is no string. */
export function unquote(word: string | undefined): string | undefined {
  return contentOf(word)?.replace(/\\(.)/g, '$1');
}

/**
 * A string as a shell must be given it. What is no plain ASCII is written `\303` in a transcript, and stays so, in the quotes
 * for it: a control character is shown, and nothing is done by it.
 */
export function shellString(word: string | undefined): string {
  const content = contentOf(word);
  if (content === undefined) return shellWord(word ?? '');
  return /\\\d{3}/.test(content) ? `$'${content.replaceAll("'", "\\'")}'` : shellWord(unquote(word) ?? '');
}

/** The strings of a list: `["nginx", "-g", "daemon off;"]`. */
export function stringsOf(word: string | undefined): string[] {
  return word?.match(new RegExp(STRING, 'g')) ?? [];
}

function contentOf(word: string | undefined): string | undefined {
  return word?.match(/^"((?:[^"\\]|\\.)*)"/)?.[1];
}
