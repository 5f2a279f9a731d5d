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
  const text = word?.match(/^"((?:[^"\\]|\\.)*)"/)?.[1];
  // `\303` is how what is no plain ASCII is shown, `\"` how a quote is.
  return text?.replace(/\\(\d{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
}

/** The strings of a list: `["nginx", "-g", "daemon off;"]`. */
export function unquoteList(word: string | undefined): string[] {
  return word?.match(new RegExp(STRING, 'g'))?.flatMap((each) => unquote(each) ?? []) ?? [];
}

/** A word as a POSIX shell must be given it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
