import { BOOLEAN, either, fields, INODE, INTEGER, list, nullable, STRING, STRINGS, words } from './schema.ts';

export const OWNER = fields(
  { by: words('host', 'pod', 'docker', 'podman', 'containerd', 'mininet', 'netns'), name: STRING },
  { member: STRING },
);

const END = fields({ inode: INODE, index: INTEGER, name: STRING });

const PLACE = fields({
  inode: INODE,
  label: STRING,
  whose: list(OWNER),
  inside: STRINGS,
  interfaces: list(
    fields({
      index: INTEGER,
      name: STRING,
      kind: STRING,
      up: BOOLEAN,
      mac: nullable(STRING),
      mtu: INTEGER,
      addresses: STRINGS,
      master: nullable(STRING),
      detail: nullable(STRING),
      peer: either(END, { const: 'unreachable' }, { type: 'null' }),
    }),
  ),
  nat: STRINGS,
});

const CABLE = fields({ kind: STRING, ends: { type: 'array', items: END, minItems: 2, maxItems: 2 } });

/** The fields of `nslab map -o json`. */
export const WIRING_OF_MACHINE = { places: list(PLACE), cables: list(CABLE), unseen: STRINGS };
