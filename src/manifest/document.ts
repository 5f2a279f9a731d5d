import { Composer, type Document, isScalar, Lexer, LineCounter, type Node, Parser } from 'yaml';
import { splitJson } from './concatenated.ts';
import type { Diagnostics, Position } from './diagnostics.ts';
import { findNode, type Part, type Path, resolveAlias } from './node.ts';
import { scalarTags } from './scalars.ts';
import { Converter, MAX_DEPTH, TOO_DEEP } from './value.ts';

/** A text of manifests, and its name: the path as the user gave it, or "stdin". */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** One YAML document: plain values, and the position of each. */
export interface ManifestDocument {
  readonly value: unknown;
  /** The position of a field's value or key. For a missing field, that of the object that lacks it. */
  position(path: Path, part?: Part): Position;
  /** The source text of a plain scalar. */
  written(path: Path): string | undefined;
}

/** About a thousand times the size of a manifest written by hand. */
const MAX_BYTES = 4 * 1024 * 1024;
/** The parser takes 4 µs per token. */
const MAX_TOKENS = 1_000_000;

/** Parses the documents of a source. Empty documents are skipped; documents with YAML errors are reported and skipped. */
export function readDocuments(source: Source, number: number, diagnostics: Diagnostics): ManifestDocument[] {
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { where: `${source.name}:${Math.max(line, 1)}:${Math.max(col, 1)}`, order: [number, offset] };
  };
  if (Buffer.byteLength(source.text) > MAX_BYTES) {
    diagnostics.fault(positionAt(0), `more than ${MAX_BYTES} bytes: too large for a manifest`);
    return [];
  }
  const documents: ManifestDocument[] = [];
  let isFaulty = false;
  const fault = (offset: number, message: string): void => {
    isFaulty = true;
    diagnostics.hasSyntaxErrors = true;
    diagnostics.fault(positionAt(offset), message);
  };
  addLines(source.text, lines);
  for (const { text, offset } of splitJson(source.text)) {
    const at = (inner: number): Position => positionAt(offset + inner);
    const faultAt = (inner: number, message: string): void => fault(offset + inner, message);
    try {
      for (const parsed of parse(text)) {
        const document = read(parsed, at, faultAt);
        if (document) documents.push(document);
      }
    } catch (error) {
      if (!(error instanceof TooComplex)) throw error;
      faultAt(error.offset, error.message);
    }
  }
  if (documents.length === 0 && !isFaulty) fault(0, 'there is no manifest in it');
  return documents;
}

function addLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
}

/** A text that would take too much time or stack to parse. */
class TooComplex extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

function* parse(text: string): Generator<Document.Parsed> {
  const composer = new Composer({
    schema: 'failsafe',
    customTags: scalarTags,
    prettyErrors: false,
    logLevel: 'silent',
    // The check of `yaml` compares every key with every other: minutes for 100 000 keys. Converter checks keys by lookup.
    uniqueKeys: false,
    resolveKnownTags: false,
  });
  yield* composer.compose(parseWithLimits(text)) as Generator<Document.Parsed>;
}

/** Parser keeps its own stack, but Composer is recursive: 20 000 nested brackets would overflow the call stack. */
function* parseWithLimits(text: string): ReturnType<Parser['parse']> {
  const parser = new Parser();
  let count = 0;
  for (const token of new Lexer().lex(text)) {
    yield* parser.next(token);
    if (parser.stack.length > 3 * MAX_DEPTH) throw new TooComplex(parser.offset, TOO_DEEP);
    if (++count > MAX_TOKENS)
      throw new TooComplex(parser.offset, `more than ${MAX_TOKENS} YAML tokens: too large for a manifest`);
  }
  yield* parser.end();
}

function read(
  parsed: Document.Parsed,
  positionAt: (offset: number) => Position,
  fault: (offset: number, message: string) => void,
): ManifestDocument | undefined {
  const unresolved = parsed.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED');
  const errors = [...parsed.errors, ...unresolved];
  // The first error: those after it are mostly its consequences.
  for (const { pos, message } of errors.slice(0, 1)) fault(pos[0], message);
  const root: Node | null = parsed.contents;
  if (errors.length > 0 || root === null) return undefined;
  const offsetOf = (node: Node): number => node.range?.[0] ?? 0;
  const converter = new Converter();
  const value = converter.convert(root);
  for (const { node, message } of converter.faults) fault(offsetOf(node), message);
  if (converter.faults.length > 0 || value === null) return undefined;
  const { targets } = converter;
  return {
    value,
    position: (path, part = 'value') => positionAt(offsetOf(findNode(root, path, part, targets))),
    written: (path) => {
      const node = resolveAlias(findNode(root, path, 'value', targets), targets);
      return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
    },
  };
}
