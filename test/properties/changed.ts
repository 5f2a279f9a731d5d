/** A JSON document. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The text of a document with one value replaced, or removed when the new value has no JSON form. */
export function changed(document: Json, place: number, value: unknown): string {
  const copy = structuredClone(document) as Record<string, unknown>;
  const places: [parent: Record<string, unknown>, key: string][] = [];
  const walk = (it: Record<string, unknown>): void => {
    for (const [key, inner] of Object.entries(it)) {
      places.push([it, key]);
      if (typeof inner === 'object' && inner !== null) walk(inner as Record<string, unknown>);
    }
  };
  walk(copy);
  const [parent, key] = places[place % places.length] ?? [copy, 'none'];
  parent[key] = value;
  return text(copy);
}

/** The first part of the text. */
export function cut(document: Json, length: number): string {
  const whole = text(document);
  return whole.slice(0, length % whole.length);
}

function text(document: unknown): string {
  // BigInt and cycles have no JSON form.
  return (
    JSON.stringify(document, (_, inner: unknown) => (typeof inner === 'bigint' ? Number(inner) : inner)) ?? ''
  );
}
