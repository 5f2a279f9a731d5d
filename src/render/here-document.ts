import { shellWord } from '../transcript/shell-word.ts';

/**
 * A command that has these bytes on its standard input. Text stands as it is, in a here-document that nothing is
 * expanded in; what is no plain text, or does not end with a line's end, in base64.
 */
export function fedWith(command: string, content: Uint8Array): string {
  const text = Buffer.from(content).toString('utf8');
  const isText = Buffer.from(text).equals(Buffer.from(content)) && !UNPRINTABLE.test(text);
  if (content.length === 0) return `${command} </dev/null`;
  if (isText && text.endsWith('\n') && !MISREAD_BY_DASH.test(text)) return hereDocument(command, text);
  if (isText) return `printf %s ${shellWord(text)} | ${command}`;
  const lines = Buffer.from(content)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n');
  return `${hereDocument('base64 -d', lines).replace('\n', ` | ${command}\n`)}`;
}

/** Everything up to a line that is the delimiter alone, which therefore must not be among these. */
export function hereDocument(command: string, text: string): string {
  const lines = new Set(text.split('\n'));
  let end = 'END';
  while (lines.has(end)) end += '_';
  return `${command} <<'${end}'\n${text}${end}`;
}

/** Control characters but tab and newline: a terminal acts on them, and not all survive an editor, or a shell. */
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u;

/** dash 0.5.12 loses a byte where a line of a here-document has no ASCII right after what begins its delimiter. */
const MISREAD_BY_DASH = /^E(?:N|ND_*)?[^\p{ASCII}]/mu;
