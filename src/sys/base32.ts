const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** The first 40 bits of some bytes as eight letters, one for the lower five bits of each byte. */
export function base32(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 8)].map((byte) => LETTERS[byte & 31]).join('');
}
