import { BOOLEAN, fields, INODE, INTEGER, list, NUMBER, nullable, STRING, STRINGS, words } from './schema.ts';

const PLACE = { label: STRING, inode: INODE };

const RULE = fields({
  family: STRING,
  table: STRING,
  chain: STRING,
  rule: nullable(STRING),
  handle: nullable(STRING),
  verdict: STRING,
});

const HOP = fields({
  ...PLACE,
  in: nullable(STRING),
  out: nullable(STRING),
  bridge: nullable(STRING),
  ttl: INTEGER,
  packet: STRING,
  nat: STRINGS,
  rules: list(RULE),
  route: nullable(STRING),
});

/** The fields of `nslab trace -o json`. */
export const TRACE = {
  from: fields(PLACE),
  probe: fields({
    protocol: words('tcp', 'udp', 'icmp'),
    source: nullable(STRING),
    destination: STRING,
    name: nullable(STRING),
    dscp: INTEGER,
  }),
  hops: list(HOP),
  answer: list(HOP),
  verdict: fields({
    result: words('reached', 'refused', 'dropped', 'unknown'),
    at: nullable(fields(PLACE)),
    why: STRING,
    sourceSeen: nullable(STRING),
    rule: nullable(RULE),
    errno: nullable(STRING),
    counters: STRINGS,
    cure: nullable(STRING),
  }),
};

const BY = words('icmp', 'tcp');

/** The fields of `nslab ping -o json`. */
export const REACHABILITY = {
  from: STRINGS,
  to: list(fields({ name: STRING, by: BY })),
  cells: list(
    fields({
      ...{ from: STRING, to: STRING, by: BY, address: STRING, port: INTEGER },
      result: words('reached', 'refused', 'unreachable', 'silent'),
      rtt: nullable(NUMBER),
      errno: nullable(STRING),
      asymmetric: BOOLEAN,
      trace: nullable(STRING),
    }),
  ),
};
