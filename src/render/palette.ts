import picocolors from 'picocolors';

/** When colours are wanted. */
export type When = 'auto' | 'always' | 'never';

export type Palette = ReturnType<typeof picocolors.createColors>;

/** Colours for a stream: by themselves only on a terminal that has them, and never against NO_COLOR (no-color.org). */
export function palette(stream: { isTTY?: boolean }, when: When = 'auto'): Palette {
  const plain = process.env.NO_COLOR !== undefined || process.env.TERM === 'dumb';
  return picocolors.createColors(when === 'always' || (when === 'auto' && stream.isTTY === true && !plain));
}
