import type { core } from 'zod/mini';
import { invalidValue, requiredValue, show, unsupportedValue } from './field-errors.ts';
import type { Leaf } from './shape.ts';

/** Describes a fault of a string, number or boolean, with a correction. `written`: the source text of the value. */
export function leafFault(
  issue: core.$ZodIssue,
  value: unknown,
  leaf: Leaf,
  written: string | undefined,
): string {
  const isFraction = leaf.wants === 'an integer' && typeof value === 'number' && !Number.isInteger(value);
  if (issue.code === 'invalid_type' || isFraction) return wrongType(value, leaf.wants, written);
  if (leaf.choices) {
    return typeof value === 'string'
      ? unsupportedValue(value, leaf.choices)
      : wrongType(value, leaf.wants, written);
  }
  if (value === '') return requiredValue();
  if (issue.code !== 'invalid_union') return invalidValue(value, issue.message);
  // A union of string and number: report the fault of the branch that has the value's type.
  const ofItsType = issue.errors.find((each) => each.every(({ code }) => code !== 'invalid_type'))?.[0];
  return ofItsType ? leafFault(ofItsType, value, leaf, written) : wrongType(value, leaf.wants, written);
}

/** Describes a value of the wrong type, with a correction when there is an obvious one. */
export function wrongType(value: unknown, wants: string, written: string | undefined): string {
  const given = written ?? show(value);
  const subject = isCollection(value) ? 'this' : given;
  return `${subject} is ${kindOf(value)}; Kubernetes wants ${wants}${adviceFor(value, wants, given)}`;
}

function adviceFor(value: unknown, wants: string, given: string): string {
  if (isCollection(value) || value === null) return '';
  if (wants === 'a string') return `: write ${JSON.stringify(given)}`;
  if (wants === 'an integer' && /^\d{1,15}$/.test(String(value))) return `: write ${value}`;
  if (wants === 'a boolean' && /^(true|false)$/.test(String(value))) return `: write ${value}`;
  return wants === 'a list' ? `: write [${show(value)}]` : '';
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'bigint' ? 'a number' : `a ${typeof value}`;
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
