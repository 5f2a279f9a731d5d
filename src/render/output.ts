import { isPlain, plain, plainLines } from './plain.ts';
import { type Cell, table } from './table.ts';

export type Format = 'table' | 'wide' | 'json' | 'yaml' | 'name';

/** How to print a list. */
export interface ListForm {
  readonly format: Format;
  readonly headers: boolean;
}

/** A list that can be printed in every format. */
export interface Listing<Item> {
  /** The kind of the JSON document: `PodList`. */
  readonly kind: string;
  readonly items: readonly Item[];
  name(item: Item): string;
  readonly columns: readonly Column<Item>[];
}

export interface Column<Item> {
  readonly head: string;
  readonly wide?: boolean;
  cell(item: Item): Cell;
}

/** Formats a list. The text ends in a newline unless it is empty. */
export async function listing<Item>(list: Listing<Item>, { format, headers }: ListForm): Promise<string> {
  switch (format) {
    case 'json':
      return json({ kind: list.kind, items: list.items });
    case 'yaml':
      return yaml({ kind: list.kind, items: list.items });
    case 'name':
      return list.items.map((item) => `${plain(list.name(item))}\n`).join('');
    default: {
      const columns = list.columns.filter(({ wide }) => format === 'wide' || !wide);
      const rows = list.items.map((item) => columns.map((column) => column.cell(item)));
      const text = table(
        columns.map(({ head }) => head),
        rows,
        headers,
      );
      return text === '' ? '' : `${text}\n`;
    }
  }
}

/** A JSON document with its apiVersion. */
export function json(document: object): string {
  return `${escapedJson(JSON.stringify({ apiVersion: 'nslab/v1', ...document }, null, 2))}\n`;
}

/** One value as one line of JSON. */
export function jsonLine(value: object): string {
  return `${escapedJson(JSON.stringify(value))}\n`;
}

/** JSON.stringify escapes characters below U+0020; plainLines escapes DEL, C1 and bidi controls as valid JSON. */
function escapedJson(text: string): string {
  return plainLines(text);
}

export async function yaml(document: object): Promise<string> {
  // The default export: in the bundle `yaml` is a CommonJS module.
  const {
    default: { Document, visit },
  } = await import('yaml');
  const whole = new Document({ apiVersion: 'nslab/v1', ...document });
  visit(whole, {
    // Only between double quotes is an escape the character itself.
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && !isPlain(node.value.replaceAll('\n', '')))
        node.type = 'QUOTE_DOUBLE';
    },
  });
  return plainLines(whole.toString());
}
