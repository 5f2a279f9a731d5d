import { shellWord } from '../transcript/shell-word.ts';

/**
 * Shell lines that run a command with these bytes on stdin. Text goes into a quoted here-document, text without a final
 * newline through printf(1), anything else through base64(1).
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

/** A quoted here-document. Its delimiter is not a line of the text. */
export function hereDocument(command: string, text: string): string {
  const lines = new Set(text.split('\n'));
  let end = 'END';
  while (lines.has(end)) end += '_';
  return `${command} <<'${end}'\n${text}${end}`;
}

/** Control characters except tab and newline: a terminal acts on them; editors change some, and shells drop others. */
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u;

/** dash 0.5.12 loses a byte when a line starts like the delimiter and continues with a non-ASCII character. */
const MISREAD_BY_DASH = /^E(?:N|ND_*)?[^\p{ASCII}]/mu;
