import { isAbsolute, normalize } from 'node:path';
import { InputError } from '../sys/errors.ts';
import type { VolumeMount } from './workload-spec.ts';

/** Reads `HOST:DIR[:ro]`, both absolute paths. */
export function parseVolume(text: string): VolumeMount {
  const [source = '', target = '', mode, ...rest] = text.split(':');
  const isMode = mode === undefined || mode === 'ro' || mode === 'rw';
  if (rest.length > 0 || !isMode) throw notVolume(text);
  return checkVolume({ source, target, readOnly: mode === 'ro' }, text);
}

/** Checks a volume of a directory or file of this host. */
export function checkVolume(volume: VolumeMount, text = `${volume.source}:${volume.target}`): VolumeMount {
  const { source, target, from = 'host' } = volume;
  if ((from === 'host' && !isAbsolute(source)) || !isAbsolute(target)) throw notVolume(text);
  if (normalize(target) === '/')
    throw new InputError('a volume cannot be mounted over the root of the workload');
  return { ...volume, target: normalize(target) };
}

function notVolume(text: string): InputError {
  return new InputError(`"${text}" is not a volume`, { hint: 'HOST:DIR[:ro], both absolute paths' });
}
