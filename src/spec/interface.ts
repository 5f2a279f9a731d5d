import { InputError } from '../sys/errors.ts';
import type { InterfaceSpec } from './pod-spec.ts';

/** Reads `NETWORK[:ip=ADDRESS]`. */
export function parseInterface(text: string): InterfaceSpec {
  const [, name = '', ip] = /^([^:]*)(?::ip=(.+))?$/.exec(text) ?? [];
  if (name === '') {
    throw new InputError(`"${text}" is not a network of a pod`, {
      hint: 'NETWORK[:ip=ADDRESS], as in lab:ip=10.244.0.7',
    });
  }
  return { name, ...(ip !== undefined && { ip }) };
}
