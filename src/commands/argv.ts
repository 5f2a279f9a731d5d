/** `nslab kill -9 NAME` and `-KILL`, `-SIGKILL` are `-s 9`, as in kill(1). Names of signals are longer than any option. */
export function readSignalWords(words: readonly string[]): string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return words.flatMap((word, index) => {
    const isValue = ['-s', '--signal', ...VALUED].includes(words[index - 1] ?? '');
    const [, signal] = index < end && !isValue ? (/^-(\d+|[A-Z][A-Z0-9+-]+)$/.exec(word) ?? []) : [];
    return signal === undefined ? [word] : ['-s', signal];
  });
}

/** The options before a signal that take a value of their own. */
const VALUED = ['--state-dir', '--transcript', '--color', '--driver'];
