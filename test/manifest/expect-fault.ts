import type { Test } from 'tap';
import { ManifestError, type ManifestSet, type ReadOptions, readManifests } from '../../src/manifest/read.ts';

/** Marks the position where a fault is expected: `containerPort: ^0`. */
const MARK = '^';

export function read(
  text: string,
  { ignoreUnsupported = false, namespace }: Partial<ReadOptions> = {},
): ManifestSet {
  return readManifests([{ name: 'pod.yaml', text }], { ignoreUnsupported, namespace });
}

/** All faults of a text. Empty: the text was read. */
export function faultsOf(text: string, options?: { ignoreUnsupported: boolean }): readonly string[] {
  try {
    read(text, options);
    return [];
  } catch (error) {
    if (error instanceof ManifestError) return error.faults;
    throw error;
  }
}

/** Expects exactly one fault, at the mark in the text. */
export function expectFault(t: Test, marked: string, message: string | RegExp, name = String(message)): void {
  const { text, where } = unmark(marked);
  const faults = faultsOf(text);
  const [first = '', ...others] = faults;
  t.strictSame(others, [], `${name}: no other fault`);
  if (typeof message === 'string') return void t.equal(first, `${where}: ${message}`, name);
  t.match(first, message, name);
  t.ok(first.startsWith(`${where}: `), `${name}: at ${where}, in ${first}`);
}

/** Removes the mark from a text and returns its position. */
export function unmark(marked: string): { readonly text: string; readonly where: string } {
  const lines = marked.slice(0, marked.indexOf(MARK)).split('\n');
  if (!marked.includes(MARK)) throw new Error(`there is no mark in:\n${marked}`);
  return {
    text: marked.replace(MARK, ''),
    where: `pod.yaml:${lines.length}:${(lines.at(-1) ?? '').length + 1}`,
  };
}

const indent = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));

/** Complete manifests around the lines under test. */
export const around = {
  /** Fields of a container. */
  container: (lines: string) => `${around.spec('')}${indent(lines, 4)}\n`,
  /** Fields of a pod's spec, before its containers. */
  spec: (lines: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n${indent(lines, 2)}\n  containers:\n  - name: web\n    image: nginx\n`,
  /** Fields of a pod's metadata. */
  metadata: (lines: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata:\n${indent(lines, 2)}\nspec:\n  containers:\n  - name: web\n    image: nginx\n`,
  /** Fields of a Deployment's spec, without a template. */
  deployment: (lines: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n${indent(lines, 2)}\n`,
  job: (lines: string) =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: web\nspec:\n${indent(lines, 2)}\n`,
  whole: (text: string) => text,
};

export const TEMPLATE = `template:
  metadata: {labels: {app: web}}
  spec: {containers: [{name: web, image: nginx}]}`;
