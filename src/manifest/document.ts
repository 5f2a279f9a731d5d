import { Composer, type Document, isScalar, Lexer, LineCounter, type Node, Parser } from 'yaml';
import type { Findings, Place } from './findings.ts';
import { findNode, followed, type Part, type Path } from './node.ts';
import { scalarTags } from './scalars.ts';
import { Converter, DEPTH, TOO_DEEP } from './value.ts';

/** A text of manifests, and what to call it: the path as the user gave it, or "stdin". */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** One document of a source: plain values, and where each of them stands. */
export interface ManifestDocument {
  readonly value: unknown;
  /** The place of a field or of its key; where it is missing, that of what it is missing from. */
  place(path: Path, part?: Part): Place;
  /** A scalar as it was written. */
  written(path: Path): string | undefined;
}

// What a person writes is a thousand times smaller.
const MOST_BYTES = 4 * 1024 * 1024;
/** The parser takes 4 µs for each. */
const MOST_LEXEMES = 1_000_000;

/** The documents of a source, without the empty ones. What is wrong with its YAML is found, and its document left out. */
export function readDocuments(source: Source, number: number, findings: Findings): ManifestDocument[] {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { where: `${source.name}:${Math.max(line, 1)}:${Math.max(col, 1)}`, order: [number, offset] };
  };
  if (Buffer.byteLength(source.text) > MOST_BYTES) {
    findings.fault(placeAt(0), `more than ${MOST_BYTES} bytes: this is no manifest`);
    return [];
  }
  const documents: ManifestDocument[] = [];
  let wrong = false;
  const fault = (offset: number, message: string): void => {
    wrong = true;
    findings.fault(placeAt(offset), message);
  };
  try {
    for (const parsed of parse(source.text, lines)) {
      const document = read(parsed, placeAt, fault);
      if (document) documents.push(document);
    }
  } catch (error) {
    if (!(error instanceof NoManifest)) throw error;
    fault(error.offset, error.message);
  }
  if (documents.length === 0 && !wrong) fault(0, 'there is no manifest in it');
  return documents;
}

/** A text that would take long, or all of the stack, to read to its end. */
class NoManifest extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

function* parse(text: string, lines: LineCounter): Generator<Document.Parsed> {
  const composer = new Composer({
    schema: 'failsafe',
    customTags: scalarTags,
    prettyErrors: false,
    logLevel: 'silent',
    // Each key against each other: for a map of 100 000 keys that is minutes. The converter does it at once.
    uniqueKeys: false,
    resolveKnownTags: false,
  });
  yield* composer.compose(shallow(text, lines)) as Generator<Document.Parsed>;
}

/** The parser keeps its own stack; what follows calls itself, and 20 000 brackets would be the end of it. */
function* shallow(text: string, lines: LineCounter): ReturnType<Parser['parse']> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > 3 * DEPTH) throw new NoManifest(parser.offset, TOO_DEEP);
    if (++count > MOST_LEXEMES)
      throw new NoManifest(parser.offset, 'a million words and signs: this is no manifest');
  }
  yield* parser.end();
}

function read(
  parsed: Document.Parsed,
  placeAt: (offset: number) => Place,
  fault: (offset: number, message: string) => void,
): ManifestDocument | undefined {
  const unresolved = parsed.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED');
  const errors = [...parsed.errors, ...unresolved];
  for (const { pos, message } of errors) fault(pos[0], message);
  const root: Node | null = parsed.contents;
  if (errors.length > 0 || root === null) return undefined;
  const offsetOf = (node: Node): number => node.range?.[0] ?? 0;
  const converter = new Converter();
  const value = converter.convert(root);
  for (const { node, message } of converter.complaints) fault(offsetOf(node), message);
  if (converter.complaints.length > 0 || value === null) return undefined;
  const { targets } = converter;
  return {
    value,
    place: (path, part = 'value') => placeAt(offsetOf(findNode(root, path, part, targets))),
    written: (path) => {
      const node = followed(findNode(root, path, 'value', targets), targets);
      return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
    },
  };
}
