import picocolors from 'picocolors';

/** The values of --color. */
export type When = 'auto' | 'always' | 'never';

export type Palette = ReturnType<typeof picocolors.createColors>;

/** Colours for a stream. `auto`: on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb is set. */
export function palette(stream: { isTTY?: boolean }, when: When = 'auto'): Palette {
  const plain = process.env.NO_COLOR !== undefined || process.env.TERM === 'dumb';
  return picocolors.createColors(when === 'always' || (when === 'auto' && stream.isTTY === true && !plain));
}
