/** A part of a text, and where it begins. */
export interface TextPart {
  readonly text: string;
  readonly offset: number;
}

/**
 * Splits JSON values that follow each other without a separator, as `kubectl get -o json` and jq write them. A text that is not
 * such a sequence stays whole: its errors are the YAML parser's.
 */
export function splitJson(text: string): TextPart[] {
  const whole = [{ text, offset: 0 }];
  const parts: TextPart[] = [];
  let at = text.search(/\S/);
  while (at >= 0 && text[at] === '{') {
    const end = endOfValue(text, at);
    if (end === undefined) return whole;
    parts.push({ text: text.slice(at, end), offset: at });
    at = nextWord(text, end);
  }
  return parts.length > 1 && at < 0 ? parts : whole;
}

/** Where the braces that begin at `start` are closed. Each character is looked at once. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const one = text[at];
    if (one === '{') depth += 1;
    else if (one === '}' && --depth === 0) return at + 1;
    else if (one === '"')
      for (at += 1; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at += 1;
  }
  return undefined;
}

/** -1: only blanks follow. */
function nextWord(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (!/\s/.test(text[at] ?? '')) return at;
  return -1;
}
