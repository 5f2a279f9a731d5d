/**
 * Twelve hexadecimal digits that no other call has had: for names in a directory of ours, which need not be guarded
 * against guesses. node:crypto would take 6 ms of every start.
 */
export function unique(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
}
